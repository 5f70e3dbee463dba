// What the tests of this stage share.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "async/async.hpp"
#include "epoll/socket.hpp"

namespace async::testing {

// Two connected streams in one process.
[[nodiscard]] inline std::pair<TcpStream, TcpStream> stream_pair() {
  auto fds = epoll::make_socket_pair(SOCK_STREAM).value();
  return {TcpStream(epoll::TcpStream::adopt(std::move(fds.first))),
          TcpStream(epoll::TcpStream::adopt(std::move(fds.second)))};
}

[[nodiscard]] inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}
[[nodiscard]] inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Lets all others go on, `count` times: events are looked at each time.
inline Task<> turns(int count) {
  for (int i = 0; i < count; ++i) (void)co_await yield();
}

// Notes in `*count` how many of its kind are alive.
class Alive {
 public:
  explicit Alive(int& count) noexcept : count_(&count) { ++*count_; }
  Alive(Alive&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  ~Alive() {
    if (count_ != nullptr) --*count_;
  }

 private:
  int* count_;
};

// An operation that does what the test says.
class Gate final : public Operation<int> {
 public:
  Gate() = default;
  using Waiter::wake;

  bool is_open = false;  // the next attempt succeeds
  bool can_park = true;  // ... and otherwise it parks
  bool attempt_throws = false;
  int attempts = 0;

 private:
  bool attempt() override {
    ++attempts;
    if (attempt_throws) throw std::runtime_error("attempt");
    if (is_open) result_ = 7;
    return is_open;
  }
  bool park() override {
    if (!can_park) fail(std::make_error_code(std::errc::permission_denied));
    return can_park;
  }
};

// Awaits `gate` and tells how that ended.
inline Task<> pass(Gate& gate, sys::Result<int>& result, int& times) {
  result = co_await gate;
  ++times;
}

}  // namespace async::testing
