// breaks: a range that ends after the file is cut off there
// caught by: 03.ByteRange.that_ends_after_the_end_of_the_file_is_cut_off_there
// seen in: servers of videos, whose players ask for a megabyte at a time
// symptom: every film stops shortly before its end
const ByteRange whole{.size = size};
constexpr std::string_view kUnit = "bytes=";
if (!http::equal_ignoring_case(field.substr(0, kUnit.size()), kUnit)) return whole;
const std::string_view range = field.substr(kUnit.size());
const std::size_t dash = range.find('-');
if (dash == range.npos) return whole;
const auto last = parse_position(range.substr(dash + 1));
if (dash == 0) return last ? last_bytes(*last, size) : whole;
const auto first = parse_position(range.substr(0, dash));
const bool is_open = dash + 1 == range.size();
if (!first || (!last && !is_open) || (last && *last < *first)) return whole;
if (*first >= size || (last && *last >= size)) return {.kind = ByteRange::Kind::unsatisfiable};
const std::uint64_t end = last ? *last : size - 1;
return {.kind = ByteRange::Kind::part, .first = *first, .size = end - *first + 1};
