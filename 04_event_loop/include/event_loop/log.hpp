// A log that never holds up the loop.
//
// A terminal that is stopped by Ctrl-S, or a pipe whose reader pauses, takes nothing more, and a
// write to it blocks: for a server in one thread that is the end of service for every client. Here a
// line that would have to wait is dropped and counted, and the next line that gets through begins
// with that count.
//
//   event_loop::Log log(STDERR_FILENO);
//   log.write("couldn't accept: Too many open files");
//
// No call allocates or throws: the log is wanted most when something has run out.
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

// A line of text on the stack. What does not fit is cut off, and "..." says so.
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
  // Writes to `fd`, which is not owned and stays as it is: other processes may share it, so it is
  // not made non-blocking. A pipe or a terminal is opened a second time instead [proc(5), fd], which
  // gives this log an open file of its own, and that one does not block.
  explicit Log(int fd) noexcept;

  // From any thread: writes `line` and an end of line, or drops it. One write for a line, so the
  // lines of several threads, and of several processes, do not mix [pipe(7), PIPE_BUF]; a longer one
  // than PIPE_BUF is cut.
  void write(std::string_view line) noexcept;

  // Lines that were dropped and have not been told yet.
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

// Lets one of many equal messages through a second: a flood of refused clients is not a flood of
// lines.
class OncePerSecond {
 public:
  // nullopt: be silent. Otherwise: how many calls were told to be silent since the last that was not.
  [[nodiscard]] std::optional<std::uint64_t> allows(epoll::Clock::time_point now) noexcept {
    if (now < next_) {
      ++silenced_;
      return std::nullopt;
    }
    next_ = epoll::saturating_add(now, std::chrono::seconds(1));
    return std::exchange(silenced_, 0);
  }
  // "what: why", and from the second time on how often it was since the last such line; nullopt: be
  // silent.
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
