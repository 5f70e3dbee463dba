// breaks: the empty line ends the head, and what follows is no field
// caught by: 03.FindLineEnd.an_empty_line_is_a_line,
//   03.RequestParserFault.lines_of_the_body_are_no_fields
// seen in: the original epoll server, which searches every read for fields, those of the body
//   too
// symptom: a request hangs, and an uploaded text that holds 'content-length: 10' changes its
//   own length
using enum LineEnd::Kind;
const std::size_t stop = std::min(bytes.size(), longest);
std::size_t i = from;
if (i == 0 && bytes.starts_with("\r\n")) i = 2;  // be liberal in what you accept
i += allowed_size(bytes.substr(i, stop - i), rules);
if (i == bytes.size()) return {unfinished, i};
if (bytes[i] == '\n') {
  if (!rules.lf_alone_ends) return {bare_lf, i};
  return {found, i, i + 1};
}
if (bytes[i] == '\r') {
  if (i + 1 == bytes.size()) return {unfinished, i};
  if (bytes[i + 1] != '\n') return {bare_cr, i};
  return {found, i, i + 2};
}
return {i == longest ? too_long : bad_byte, i};
