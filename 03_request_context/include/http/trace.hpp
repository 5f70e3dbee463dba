// What a connection reports to a log. By default nothing is logged.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/parse_error.hpp"

namespace http {

// Each member is called at the moment that it names, on the thread of the connection. Override
// those that you need. A Trace must not throw, and must not call back into the connection.
class Trace {
 public:
  virtual ~Trace() = default;

  // The head of a request is complete, and declares a body of `bytes`.
  virtual void content_length_set([[maybe_unused]] std::uint64_t bytes) noexcept {}
  // A request is complete. It took `bytes` on the wire: head, body and the lines between chunks,
  // each byte counted once.
  virtual void got_all_data([[maybe_unused]] std::uint64_t bytes) noexcept {}
  // The last byte of an answer has been passed to the kernel.
  virtual void answered() noexcept {}
  // The handler threw; the client gets 500. `what` may contain text from the client: pass it
  // through `printable` (text.hpp) before you log it.
  virtual void handler_failed([[maybe_unused]] std::string_view what) noexcept {}
  // The input is not a valid request, or exceeds a limit; the client gets an answer that says so.
  virtual void refused([[maybe_unused]] const ParseError& error) noexcept {}
};

}  // namespace http
