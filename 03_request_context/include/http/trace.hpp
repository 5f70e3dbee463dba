// What a connection tells a log. By default nothing is logged.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/parse_error.hpp"

namespace http {

// Each member is called at the moment it names, on the thread of the connection. Override what you
// want to hear. A Trace may not throw, and may not call back into the connection.
class Trace {
 public:
  virtual ~Trace() = default;

  // The head of a request has come, and promises a body of `bytes`.
  virtual void content_length_set(std::uint64_t bytes) noexcept { static_cast<void>(bytes); }
  // A request is whole. It took `bytes` on the wire: head, body and the lines between chunks, every
  // one counted once.
  virtual void got_all_data(std::uint64_t bytes) noexcept { static_cast<void>(bytes); }
  // The last byte of an answer has been taken by the kernel.
  virtual void answered() noexcept {}
  // The handler threw; the client gets 500. `what` may hold what the client has sent: see `printable`
  // in text.hpp before it goes into a log.
  virtual void handler_failed(std::string_view what) noexcept { static_cast<void>(what); }
  // What came is no request, or more than we take; the client gets an answer that says so.
  virtual void refused(const ParseError& error) noexcept { static_cast<void>(error); }
};

}  // namespace http
