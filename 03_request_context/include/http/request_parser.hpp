// Turns bytes into a request, in whatever pieces they arrive [RFC 9112].
//
//   http::RequestParser parser(limits);
//   while (true) {
//     const auto progress = parser.feed(buffer.filled());
//     if (!progress) ...                            // refuse: progress.error() says with what
//     else if (*progress == Progress::need_more)    // read more behind what is there, feed again
//     else if (*progress == Progress::head_complete)  // a body is coming: "100 Continue"? discard it?
//     else {                                        // Progress::complete
//       answer(parser.request());
//       buffer.drop_front(parser.consumed());
//       parser.reset();                             // the next request may be there already
//     }
//   }
//
// Feeding, framing and gaps are those of MessageParser.
//
// Refuse, never repair. Where two readers of the same bytes could disagree about where a request
// ends, an attacker can hide a request from one of them [RFC 9112 11.2]. So what the RFC lets a
// server repair is refused where it affects the framing: a folded line, a bare CR, a repeated
// Content-Length. A URI with a scheme other than http, even https, is for another server: 421
// [RFC 9110 7.4]. Two things are accepted, as RFC 9112 2.2 recommends: a line of the head may end
// with LF alone, for requests typed into nc(1); and empty lines before the request, which some
// clients send after the body of the previous one, are skipped. All of them together may be as long
// as a request line.
#pragma once

#include "http/message_parser.hpp"
#include "http/request.hpp"

namespace http {

class RequestParser final : public MessageParser {
 public:
  explicit RequestParser(const Limits& limits = {}, BodyMode mode = BodyMode::keep)
      : MessageParser(Sender::client, limits, mode) {}

  // The request: without a body at head_complete, complete at complete. Its views point into the
  // buffer of that very feed, and are valid for as long as the bytes stay where they are.
  [[nodiscard]] const Request& request() const noexcept { return request_; }

  // Prepares for the next request, whose first byte is now the first of the buffer.
  void reset() noexcept {
    MessageParser::reset();
    request_.wants_continue = false;
  }

  // Whether the method is HEAD, as far as `buffer`, that of the last feed, shows: also for a
  // request that was refused, or is not complete yet. The answer to such a request has no body
  // [RFC 9110 9.3.2].
  [[nodiscard]] bool asks_for_head_only(std::span<const std::byte> buffer) const noexcept {
    return from_start_line(buffer).starts_with("HEAD ");
  }

 private:
  Message& message() noexcept override { return request_; }
  Parsed<> read_start_line(std::string_view line) override;
  ParseError start_line_too_long(std::string_view line) const noexcept override;
  Parsed<std::optional<Framing>> check_head() override;
  void resolve_start_line(std::string_view text) noexcept override;

  std::size_t method_size_ = 0;  // the request line: method, a space, target, a space, version
  std::size_t target_size_ = 0;
  Request request_;
};

}  // namespace http
