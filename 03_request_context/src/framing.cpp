#include "http/framing.hpp"

#include <limits>

#include "syscall/result.hpp"
#include "syscall/todo.hpp"

namespace http {
namespace {

constexpr std::string_view kFramingSection = "RFC 9112 6.3";

struct Codings {
  bool chunked = false;                // it is the last of them
  std::size_t last = 0;                // where the last one stands
  std::optional<std::size_t> unknown;  // ... and the first one that is not chunked
};

// The list of transfer codings. 400 if it is none, or names chunked twice, with parameters, or, where
// `chunked_ends`, with another one behind it.
Parsed<Codings> read_codings(const Fields& fields, bool chunked_ends) {
  Codings codings;
  bool seen_chunked = false;
  for (const Field field : fields) {
    if (!equal_ignoring_case(field.name, "Transfer-Encoding")) continue;
    std::string_view list = field.value;
    do {
      const std::string_view element = take_list_element(list);
      const std::size_t at = codings.last = fields.offset_of(element);
      if (element.empty()) continue;  // means nothing [RFC 9110 5.6.1.2]
      const std::string_view coding = trim(element.substr(0, element.find(';')));
      const bool is_chunked = equal_ignoring_case(coding, "chunked");
      if (!is_token(coding)) return refuse(400, at, "a coding without a name", "RFC 9112 7");
      if (seen_chunked && (chunked_ends || is_chunked))
        return refuse(400, at, "a coding after chunked", kFramingSection);
      if (is_chunked && coding.size() != element.size())
        return refuse(400, at, "chunked has no parameters", "RFC 9112 7");
      if (!is_chunked && !codings.unknown) codings.unknown = at;
      codings.chunked = is_chunked;
      seen_chunked |= is_chunked;
    } while (!list.empty());
  }
  return codings;
}

// The list of codings must be "chunked". 501 for a coding that we do not know in front of it, for
// the length is still sure; 400 for everything that leaves the length open [RFC 9112 6.1, 6.3].
Parsed<> check_codings(const Fields& fields) {
  const auto codings = read_codings(fields, true);
  SYS_TRY(codings);
  if (!codings->chunked)
    return refuse(400, codings->last, "the last transfer coding is not chunked", kFramingSection);
  if (codings->unknown)
    return refuse(501, *codings->unknown, "an unknown transfer coding", "RFC 9112 6.1");
  return {};
}

// The one number that all Content-Length fields tell, each of which may be a list [RFC 9110 8.6].
Parsed<std::size_t> read_equal_lengths(const Fields& fields) {
  std::optional<std::size_t> length;
  for (const Field field : fields) {
    if (!equal_ignoring_case(field.name, "Content-Length")) continue;
    std::string_view list = field.value;
    std::optional<std::size_t> told;
    do {
      const std::string_view element = take_list_element(list);
      if (element.empty()) continue;
      const std::size_t at = fields.offset_of(element);
      const auto number = parse_content_length(element);
      if (!number) return with_offset(number.error(), at);
      if (length && *length != *number)
        return refuse(400, at, "a second Content-Length with another length", kFramingSection);
      told = length = *number;
    } while (!list.empty());
    if (!told)
      return refuse(400, fields.offset_of(field.value), "a Content-Length without a number",
                    kFramingSection);
  }
  return *length;
}

Parsed<Framing> framing_of_answer(const Fields& fields, Version version) {
  const bool has_length = fields.count("Content-Length") != 0;
  // Content-Length beside Transfer-Encoding, a coding in HTTP/1.0: as unsafe as in a request.
  if (fields.count("Transfer-Encoding") != 0) {
    if (has_length || version.minor == 0) return request_framing(fields, version);
    const auto codings = read_codings(fields, false);
    SYS_TRY(codings);
    return Framing{codings->chunked ? Framing::Kind::chunked : Framing::Kind::until_close, 0};
  }
  if (!has_length) return Framing{Framing::Kind::until_close, 0};
  const auto length = read_equal_lengths(fields);
  SYS_TRY(length);
  return Framing{Framing::Kind::length, *length};
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
  if (!fields.may_have("Content-Length") && !fields.may_have("Transfer-Encoding")) return Framing{};
  // #region 3.5 request_framing
  std::optional<std::string_view> length;
  std::optional<std::string_view> coding;
  for (const Field field : fields) {
    if (equal_ignoring_case(field.name, "Content-Length")) {
      if (length)
        return refuse(400, fields.offset_of(field.name), "a second Content-Length",
                      kFramingSection);
      length = field.value;
    }
    if (equal_ignoring_case(field.name, "Transfer-Encoding") && !coding) coding = field.value;
  }
  if (length && coding)
    return refuse(400, fields.offset_of(*length), "Content-Length beside Transfer-Encoding",
                  kFramingSection);
  if (coding) {
    if (version.minor == 0)
      return refuse(400, fields.offset_of(*coding), "Transfer-Encoding in HTTP/1.0",
                    "RFC 9112 6.1");
    SYS_TRY(check_codings(fields));
    return Framing{Framing::Kind::chunked, 0};
  }
  if (length) {
    const auto number = parse_content_length(*length);
    if (!number) return with_offset(number.error(), fields.offset_of(*length));
    return Framing{Framing::Kind::length, *number};
  }
  return Framing{};
  // #endregion 3.5
}

Parsed<Framing> response_framing(const Fields& fields, Version version, int status,
                                 std::string_view request_method) {
  if (request_method == "HEAD" || status < 200 || status == 204 || status == 304) return Framing{};
  if (request_method == "CONNECT" && status < 300) return Framing{};
  auto framing = framing_of_answer(fields, version);
  if (!framing) framing.error().status = 502;
  return framing;
}

}  // namespace http
