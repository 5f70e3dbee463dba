#include "http/request_line.hpp"

#include "http/target.hpp"
#include "syscall/todo.hpp"

namespace http {

Parsed<Version> parse_version(std::string_view text) {
  if (text.size() != 8 || !text.starts_with("HTTP/") || !is_digit(text[5]) || text[6] != '.' ||
      !is_digit(text[7]))
    return refuse(400, 0, "no version such as HTTP/1.1 where one should be", "RFC 9112 2.3");
  const Version version{text[5] - '0', text[7] - '0'};
  if (version.major != 1)
    return refuse(505, 0, "a version of HTTP other than 1", "RFC 9110 15.6.6");
  return version;
}

Parsed<RequestLine> parse_request_line(std::string_view line) {
  // #region 3.2 parse_request_line
  const std::size_t method_end = token_size(line);
  if (method_end == 0) return refuse(400, 0, "no method at the start of the line", "RFC 9112 3");
  if (method_end == line.size())
    return refuse(400, method_end, "a request line without a target", "RFC 9112 3");
  if (line[method_end] != ' ')
    return refuse(400, method_end, "a method that is not a token", "RFC 9110 9.1");

  const std::size_t target_at = method_end + 1;
  const std::size_t target_end = line.find(' ', target_at);
  if (target_end == line.npos)
    return refuse(400, line.size(), "a request line without a version", "RFC 9112 3");
  if (target_end == target_at)
    return refuse(400, target_at, "two spaces where one should be", "RFC 9112 3");

  const std::size_t version_at = target_end + 1;
  if (const std::size_t space = line.find(' ', version_at); space != line.npos)
    return refuse(400, space, "a third space: neither target nor version may hold one",
                  "RFC 9112 3.2");
  const auto version = parse_version(line.substr(version_at));
  if (!version) return with_offset(version.error(), version_at);

  const std::string_view method = line.substr(0, method_end);
  const std::string_view target = line.substr(target_at, target_end - target_at);
  const auto form = parse_target(method, target);
  if (!form) return with_offset(form.error(), target_at);
  return RequestLine{method, target, *form, *version};
  // #endregion 3.2
}

}  // namespace http
