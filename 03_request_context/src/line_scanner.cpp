#include "http/line_scanner.hpp"

#include <algorithm>

#include "http/text.hpp"
#include "syscall/todo.hpp"

namespace http {
namespace {

// How many bytes at the front of `text` may stand in a line and end none.
std::size_t allowed_size(std::string_view text, LineRules rules) {
  return rules.visible_ascii_only ? visible_size(text) : value_size(text);
}

}  // namespace

LineEnd find_line_end(std::string_view bytes, std::size_t from, std::size_t longest,
                      LineRules rules) {
  // #region 3.1 find_line_end
  using enum LineEnd::Kind;
  const std::size_t stop = std::min(bytes.size(), longest);
  const std::size_t i = from + allowed_size(bytes.substr(from, stop - from), rules);
  if (i == bytes.size()) return {unfinished, i};
  if (bytes[i] == '\n') {
    if (!rules.lf_alone_ends) return {bare_lf, i};
    return {found, i, i + 1};
  }
  if (bytes[i] == '\r') {
    if (i + 1 == bytes.size()) return {unfinished, i};  // only the next byte can tell
    if (bytes[i + 1] != '\n') return {bare_cr, i};
    return {found, i, i + 2};
  }
  return {i == longest ? too_long : bad_byte, i};
  // #endregion 3.1
}

ParseError line_fault(LineEnd end, LineRules rules) noexcept {
  using enum LineEnd::Kind;
  if (end.kind == bare_cr) return {400, end.at, "a CR that no LF follows", "RFC 9112 2.2"};
  if (end.kind == bare_lf) return {400, end.at, "an LF that no CR precedes", "RFC 9112 7.1"};
  if (rules.visible_ascii_only)
    return {400, end.at, "a byte that is not visible ASCII in the request line", "RFC 9112 3"};
  return {400, end.at, "a control character", "RFC 9110 5.5"};
}

}  // namespace http
