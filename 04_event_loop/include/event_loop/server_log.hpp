// What a server writes to the log of the program that it is part of.
//
// That log may throw. The server can do nothing about it but continue: the line is lost.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "event_loop/log.hpp"

namespace event_loop {

// The reason for closing a connection that has to begin with a header (epoll/proxy_protocol.hpp).
inline constexpr std::string_view kNoProxyHeader = "its PROXY header is missing or invalid";

class ServerLog {
 public:
  using Write = std::function<void(std::string_view)>;
  // Lines go to `write`, each without its end of line; if it is empty, to standard_error_log().
  explicit ServerLog(Write write);

  void write(std::string_view line) noexcept;
  void write(const LogLine& line) noexcept { write(line.text()); }
  // "what: why", whatever characters `why` contains: it may be text from a client.
  void failure(std::string_view what, std::string_view why) noexcept;
  // "what: why", at most once per second, and then with a count; see OncePerSecond::line.
  void often(OncePerSecond& limit, std::string_view what, std::string_view why) noexcept;

  // How many lines were lost because `write` threw.
  [[nodiscard]] std::size_t lines_lost() const noexcept { return lines_lost_; }

 private:
  Write write_;
  std::size_t lines_lost_ = 0;
};

}  // namespace event_loop
