// breaks: a line ends where a line end is, not where a read ends
// caught by: 03.FindLineEnd.without_an_end_it_says_where_to_look_on,
//   03.RequestParserFault.no_request_is_complete_before_its_empty_line,
//   03.Session.answers_nothing_before_the_empty_line
// seen in: the original epoll server, which answers a head that comes in two reads after the
//   first one
// symptom: now and then a client gets its answer before it has finished asking, and then a
//   broken pipe
using enum LineEnd::Kind;
const std::size_t stop = std::min(bytes.size(), longest);
std::size_t i = from;
i += allowed_size(bytes.substr(i, stop - i), rules);
if (i == bytes.size()) return {found, i, i};
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
