// breaks: no byte of a line is looked at twice
// caught by: 03.FindLineEnd.it_does_not_look_again_at_what_it_has_seen
// seen in: parsers that search the whole buffer anew after each read
// symptom: a client that sends its head byte by byte costs the square of its bytes in CPU time
using enum LineEnd::Kind;
static_cast<void>(from);
const std::size_t stop = std::min(bytes.size(), longest);
std::size_t i = 0;
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
