#include "http/request_parser.hpp"

#include "http/request_line.hpp"
#include "http/target.hpp"
#include "http/text.hpp"
#include "syscall/result.hpp"

namespace http {
namespace {

// HTTP/1.1: one Host field, with a valid value, whatever the form of the target. HTTP/1.0 may do
// without [RFC 9112 3.2]. Offsets count from the first field.
Parsed<> check_host(const Fields& fields, Version version) {
  constexpr std::string_view section = "RFC 9112 3.2";
  std::size_t hosts = 0;
  for (const Field field : fields) {
    if (!equal_ignoring_case(field.name, "Host")) continue;
    if (++hosts > 1) return refuse(400, fields.offset_of(field.name), "a second Host", section);
    if (const auto host = parse_host_port(field.value); !host)
      return with_offset(host.error(), fields.offset_of(field.value));
  }
  if (hosts == 0 && version.minor >= 1) return refuse(400, 0, "a request without Host", section);
  return {};
}

// Whether the client waits for "100 Continue". 417 for any other expectation; a client of HTTP/1.0
// cannot have one [RFC 9110 10.1.1]. Offsets count from the first field.
Parsed<bool> check_expect(const Fields& fields, Version version) {
  if (version.minor == 0) return false;
  bool waits = false;
  std::optional<std::size_t> unknown;
  fields.for_each_element("Expect", [&](std::string_view element) {
    if (equal_ignoring_case(element, "100-continue")) {
      waits = true;
    } else if (!unknown) {
      unknown = fields.offset_of(element);
    }
  });
  if (unknown)
    return refuse(417, *unknown, "an expectation other than 100-continue", "RFC 9110 10.1.1");
  return waits;
}

// A URI of https is not answered on a connection in the clear, lest the answer pass for a page of
// https; one of any other scheme is for another server [RFC 9110 7.4].
bool is_http_uri(std::string_view target) {
  return equal_ignoring_case(target.substr(0, target.find(':')), "http");
}

}  // namespace

ParseError RequestParser::start_line_too_long(std::string_view line) const noexcept {
  if (!line.contains(' '))
    return {501, line.size(), "a method longer than any known one", "RFC 9112 3"};
  return {414, line.size(), "a request line longer than is allowed", "RFC 9112 3"};
}

Parsed<> RequestParser::read_start_line(std::string_view text) {
  const auto line = parse_request_line(text);
  SYS_TRY(line);
  if (line->form == TargetForm::absolute && !is_http_uri(line->target))
    return refuse(421, line->method.size() + 1, "a target with a scheme other than http",
                  "RFC 9110 7.4");
  method_size_ = line->method.size();
  target_size_ = line->target.size();
  request_.form = line->form;
  request_.version = line->version;
  return {};
}

Parsed<std::optional<Framing>> RequestParser::check_head() {
  const Fields& fields = request_.fields;
  SYS_TRY(check_host(fields, request_.version));
  const auto framing = request_framing(fields, request_.version);
  if (!framing) return framing;
  if (framing->length > limits().body)
    return refuse(413, fields.offset_of(*fields.find("Content-Length")),
                  "a body that is longer than is allowed", "RFC 9110 15.5.14");
  const auto waits = check_expect(fields, request_.version);
  SYS_TRY(waits);
  request_.wants_continue = *waits && framing->has_body();
  return framing;
}

void RequestParser::resolve_start_line(std::string_view text) noexcept {
  request_.method = text.substr(0, method_size_);
  request_.target = text.substr(method_size_ + 1, target_size_);
  request_.content_length = declared_length();
}

}  // namespace http
