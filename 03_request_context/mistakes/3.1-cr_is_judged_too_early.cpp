// breaks: the same bytes get the same answer in whatever pieces they come
// caught by: 03.FindLineEnd.a_cr_at_the_end_is_looked_at_again_when_there_is_more,
//   03.RequestParser.says_the_same_byte_by_byte
// seen in: hand-written parsers that were only tested with whole requests
// symptom: one upload in some thousands is refused with 400, and the same one passes when it
//   is sent again
using enum LineEnd::Kind;
const std::size_t stop = std::min(bytes.size(), longest);
std::size_t i = from;
i += allowed_size(bytes.substr(i, stop - i), rules);
if (i == bytes.size()) return {unfinished, i};
if (bytes[i] == '\n') {
  if (!rules.lf_alone_ends) return {bare_lf, i};
  return {found, i, i + 1};
}
if (bytes[i] == '\r') {
  if (!bytes.substr(i).starts_with("\r\n")) return {bare_cr, i};
  return {found, i, i + 2};
}
return {i == longest ? too_long : bad_byte, i};
