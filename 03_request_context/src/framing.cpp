#include "http/framing.hpp"

#include <limits>
#include <optional>

#include "syscall/todo.hpp"

namespace http {
namespace {

constexpr std::string_view kSection = "RFC 9112 6.3";

// The list of codings must be "chunked". 501 for a coding that we do not know in front of it, for
// the length is still sure; 400 for everything that leaves the length open [RFC 9112 6.1, 6.3].
Parsed<> check_codings(const Fields& fields) {
  bool chunked = false;
  std::optional<std::size_t> unknown;
  std::size_t last = 0;
  for (const Field field : fields) {
    if (!equal_ignoring_case(field.name, "Transfer-Encoding")) continue;
    std::string_view list = field.value;
    do {
      const std::string_view element = take_list_element(list);
      last = fields.offset_of(element);
      const std::string_view coding = trim(element.substr(0, element.find(';')));
      if (!is_token(coding)) return refuse(400, last, "a coding without a name", "RFC 9112 7");
      if (chunked) return refuse(400, last, "a coding behind chunked", kSection);
      if (!equal_ignoring_case(coding, "chunked")) {
        if (!unknown) unknown = last;
        continue;
      }
      if (coding.size() != element.size())
        return refuse(400, last, "chunked has no parameters", "RFC 9112 7");
      chunked = true;
    } while (!list.empty());
  }
  if (!chunked) return refuse(400, last, "the last transfer coding is not chunked", kSection);
  if (unknown) return refuse(501, *unknown, "a transfer coding that is not known", "RFC 9112 6.1");
  return {};
}

}  // namespace

Parsed<std::size_t> parse_content_length(std::string_view value) {
  // #region 3.4 parse_content_length
  constexpr std::string_view section = "RFC 9110 8.6";
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  if (value.empty()) return refuse(400, 0, "a Content-Length without a number", section);
  std::size_t length = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (!is_digit(value[i]))
      return refuse(400, i, "a Content-Length that is not made of digits", section);
    const auto digit = static_cast<std::size_t>(value[i] - '0');
    if (length > (most - digit) / 10)
      return refuse(400, i, "a Content-Length that no number can hold", section);
    length = length * 10 + digit;
  }
  return length;
  // #endregion 3.4
}

Parsed<Framing> request_framing(const Fields& fields, Version version) {
  // #region 3.5 request_framing
  std::optional<std::string_view> length;
  std::optional<std::string_view> coding;
  for (const Field field : fields) {
    if (equal_ignoring_case(field.name, "Content-Length")) {
      if (length)
        return refuse(400, fields.offset_of(field.name), "a second Content-Length", kSection);
      length = field.value;
    }
    if (equal_ignoring_case(field.name, "Transfer-Encoding") && !coding) coding = field.value;
  }
  if (length && coding)
    return refuse(400, fields.offset_of(*length), "Content-Length beside Transfer-Encoding",
                  kSection);
  if (coding) {
    if (version.minor == 0)
      return refuse(400, fields.offset_of(*coding), "Transfer-Encoding in HTTP/1.0",
                    "RFC 9112 6.1");
    if (const auto known = check_codings(fields); !known) return std::unexpected(known.error());
    return Framing{Framing::Kind::chunked, 0};
  }
  if (length) {
    const auto number = parse_content_length(*length);
    if (!number) return moved(number.error(), fields.offset_of(*length));
    return Framing{Framing::Kind::length, *number};
  }
  return Framing{};
  // #endregion 3.5
}

Parsed<Framing> response_framing(const Fields& fields, Version version, int status,
                                 std::string_view request_method) {
  if (request_method == "HEAD" || status < 200 || status == 204 || status == 304) return Framing{};
  if (request_method == "CONNECT" && status < 300) return Framing{};
  // What would be refused in a request is unsafe here, too.
  auto framing = request_framing(fields, version);
  if (!framing) {
    framing.error().status = 502;
    return framing;
  }
  if (framing->kind == Framing::Kind::none) framing->kind = Framing::Kind::until_close;
  return framing;
}

}  // namespace http
