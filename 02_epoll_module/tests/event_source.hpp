// What the tests of every event source ask: is it ready, how is it set up, does it survive faults.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "epoll/poll.hpp"
#include "sweep.hpp"

namespace event_source {

// One descriptor in an epoll instance of its own.
class Watched {
 public:
  explicit Watched(int fd, epoll::Interest interest = epoll::Interest::read(),
                   epoll::Trigger trigger = epoll::Trigger::level)
      : poll_(epoll::Poll::create().value()) {
    poll_.add(fd, epoll::Token{}, interest, trigger).value();
  }

  // What is reported at once. Empty: it is not ready.
  std::optional<epoll::Event> now() { return wait(std::chrono::nanoseconds(0)); }
  bool is_ready() { return now().has_value(); }
  // What is reported in the end. A wait in vain meets the time limit of the test.
  epoll::Event wait() { return wait(std::nullopt).value(); }

 private:
  std::optional<epoll::Event> wait(std::optional<std::chrono::nanoseconds> timeout) {
    poll_.wait(events_, timeout).value();
    if (events_.empty()) return std::nullopt;
    return events_[0];
  }
  epoll::Poll poll_;
  epoll::Events events_{1};
};

// Waits until it is readable, with a call that no observer sees: for scenarios of a sweep.
inline void wait_unobserved(int fd) {
  pollfd waiting{fd, POLLIN, 0};
  ASSERT_EQ(::poll(&waiting, 1, -1), 1);
}

inline bool closes_on_exec(int fd) {
  return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}
inline bool never_blocks(int fd) {
  return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}

// Text as bytes, and back.
inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}
inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A sweep of errors over `scenario`, which returns a Result: each has to come out as this very error, unless
// it may be tried again or the call is one of `unreported`. Gives the number of calls.
template <class Scenario>
std::size_t sweep_faults(Scenario scenario,
                         std::initializer_list<std::string_view> unreported = {}) {
  const auto one_run = [&](sweep::Fault& fault) {
    std::optional<std::invoke_result_t<Scenario&>> result;
    fault.during([&] { result.emplace(scenario()); });
    if (!fault.has_struck()) {
      EXPECT_TRUE(result->has_value()) << "it fails without any fault";
    } else if (!fault.is_harmless() && std::ranges::count(unreported, fault.call()) == 0) {
      EXPECT_FALSE(result->has_value()) << "no error was returned";
      EXPECT_EQ(*result ? 0 : result->error().value(), fault.error());
    }
  };
  return sweep::run(sweep::Kind::error, one_run).points;
}

}  // namespace event_source
