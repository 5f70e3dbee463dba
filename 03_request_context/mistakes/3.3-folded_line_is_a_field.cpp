// breaks: a line that begins with a blank is refused
// caught by: 03.FieldLine.continues_no_other_line,
//   03.FieldSection.knows_which_line_is_the_first
// seen in: servers that trim each line before they look at it
// symptom: a field that the proxy saw as the tail of another one decides the length of the
//   body
static_cast<void>(first);
const auto blanks =
    static_cast<std::size_t>(std::ranges::find_if_not(line, is_blank) - line.begin());
const std::size_t name_end = blanks + token_size(line.substr(blanks));
if (name_end == line.size())
  return refuse(400, name_end, "a field line without a colon", "RFC 9112 5");
if (is_blank(line[name_end]))
  return refuse(400, name_end, "whitespace between a field's name and its colon", "RFC 9112 5.1");
if (line[name_end] != ':')
  return refuse(400, name_end, "a field name that is not a token", "RFC 9110 5.1");
if (name_end == blanks) return refuse(400, 0, "a field without a name", "RFC 9112 5");

const std::string_view value = trim(line.substr(name_end + 1));
return Fields::Place{static_cast<std::uint32_t>(blanks),
                     static_cast<std::uint32_t>(name_end - blanks),
                     static_cast<std::uint32_t>(value.data() - line.data()),
                     static_cast<std::uint32_t>(value.size())};
