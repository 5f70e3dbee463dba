// A log that never blocks the loop.
//
// When a terminal is stopped by Ctrl-S, or the reader of a pipe pauses, a write to it blocks: a
// server with one thread then serves no client at all. Here a line that would have to wait is
// dropped and counted, and the next line that can be written begins with that count.
//
//   event_loop::Log log(STDERR_FILENO);
//   log.write("couldn't accept: Too many open files");
//
// No call allocates or throws, because the log is needed most when something has run out.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "epoll/deadline.hpp"
#include "epoll/unique_fd.hpp"

namespace event_loop {

// A line of text on the stack. Text that does not fit is cut off, which "..." indicates.
class LogLine {
 public:
  LogLine& operator<<(std::string_view text) noexcept;
  LogLine& operator<<(std::unsigned_integral auto number) noexcept {
    return add_number(static_cast<std::uint64_t>(number));
  }
  [[nodiscard]] std::string_view text() const noexcept { return {bytes_.data(), size_}; }

 private:
  LogLine& add_number(std::uint64_t number) noexcept;
  std::array<char, 1024> bytes_;
  std::size_t size_ = 0;
};

class Log {
 public:
  // Writes to `fd`, which is not owned and stays unchanged: other processes may share it, so it is
  // not made non-blocking. A pipe or a terminal is opened a second time instead [proc(5), fd],
  // which gives this log an open file description of its own that does not block.
  explicit Log(int fd) noexcept;

  // From any thread: writes `line` and an end of line, or drops the line. Each line is one write,
  // so the lines of several threads, and of several processes, do not mix [pipe(7), PIPE_BUF]; a
  // line longer than PIPE_BUF is truncated.
  void write(std::string_view line) noexcept;

  // How many lines were dropped and have not been reported yet.
  [[nodiscard]] std::uint64_t dropped() const noexcept;

 private:
  [[nodiscard]] bool write_whole(std::string_view note, std::string_view line) noexcept;

  int fd_;
  epoll::UniqueFd own_;  // a second opening of fd_; empty where fd_ itself is used
  bool is_socket_ = false;
  mutable std::mutex mutex_;
  std::uint64_t dropped_ = 0;
};

// The logs of this process's standard output and standard error, made at first use.
[[nodiscard]] Log& standard_output_log() noexcept;
[[nodiscard]] Log& standard_error_log() noexcept;

// Lets one of many equal messages through per second: a flood of refused clients must not become a
// flood of lines.
class OncePerSecond {
 public:
  // nullopt: write nothing. Otherwise: how many calls have returned nullopt since the last that did
  // not.
  [[nodiscard]] std::optional<std::uint64_t> allows(epoll::Clock::time_point now) noexcept {
    if (now < next_) {
      ++silenced_;
      return std::nullopt;
    }
    next_ = epoll::saturating_add(now, std::chrono::seconds(1));
    return std::exchange(silenced_, 0);
  }
  // "what: why", followed, if lines were suppressed since the last one, by how many times it
  // happened; nullopt: write nothing.
  [[nodiscard]] std::optional<LogLine> line(epoll::Clock::time_point now, std::string_view what,
                                            std::string_view why) noexcept {
    const auto silenced = allows(now);
    if (!silenced) return std::nullopt;
    LogLine line;
    line << what << ": " << why;
    if (*silenced > 0) line << " (" << *silenced + 1 << " times)";
    return line;
  }

 private:
  epoll::Clock::time_point next_ = epoll::Clock::time_point::min();
  std::uint64_t silenced_ = 0;
};

}  // namespace event_loop
