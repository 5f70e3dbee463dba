// What a server has to say, to the log of the program that it is a part of.
//
// That log may throw, and a server has nothing better to do about it than to go on: the line is lost.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "event_loop/log.hpp"

namespace event_loop {

// Why a connection is closed that was to begin with a header (epoll/proxy_protocol.hpp).
inline constexpr std::string_view kNoProxyHeader = "its PROXY header is missing or faulty";

class ServerLog {
 public:
  using Write = std::function<void(std::string_view)>;
  // Lines go to `write`, each without its end of line; none: to standard_error_log().
  explicit ServerLog(Write write);

  void write(std::string_view line) noexcept;
  void write(const LogLine& line) noexcept { write(line.text()); }
  // "what: why", whatever characters `why` holds: it may be text of a client.
  void failure(std::string_view what, std::string_view why) noexcept;
  // "what: why", at most once a second, and then with a count; see OncePerSecond::line.
  void often(OncePerSecond& limit, std::string_view what, std::string_view why) noexcept;

  // Lines for which `write` has thrown.
  [[nodiscard]] std::size_t lines_lost() const noexcept { return lines_lost_; }

 private:
  Write write_;
  std::size_t lines_lost_ = 0;
};

}  // namespace event_loop
