// breaks: only CRLF, or in a head LF, ends a line
// caught by: 03.FindLineEnd.a_cr_without_lf_is_refused
// seen in: lenient servers; it is one of the classic ways to hide a field from the proxy in
//   front
// symptom: a proxy and the server behind it see different fields in the same head
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
  if (i + 1 == bytes.size()) return {unfinished, i};
  return {found, i, i + (bytes[i + 1] == '\n' ? 2 : 1)};
}
return {i == longest ? too_long : bad_byte, i};
