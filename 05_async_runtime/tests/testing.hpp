// What the tests of this stage share.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "async/async.hpp"
#include "epoll/socket.hpp"

namespace async::testing {

// Two connected streams in one process.
[[nodiscard]] inline std::pair<TcpStream, TcpStream> stream_pair() {
  auto fds = epoll::make_socket_pair(SOCK_STREAM).value();
  return {TcpStream(epoll::TcpStream::adopt(std::move(fds.first))),
          TcpStream(epoll::TcpStream::adopt(std::move(fds.second)))};
}

// As little as the kernel allows, so that a writer has to wait after a few thousand bytes.
inline void make_tiny(TcpStream& stream) {
  const int fd = stream.socket()->fd();
  epoll::set_option(fd, SOL_SOCKET, SO_SNDBUF, 1).value();
  epoll::set_option(fd, SOL_SOCKET, SO_RCVBUF, 1).value();
}
// Until nothing more goes in.
inline void fill(TcpStream& stream) {
  const std::vector<std::byte> bytes(4096);
  while (stream.socket()->write(bytes)) continue;
}
// Bytes of which none are like their neighbours.
[[nodiscard]] inline std::vector<std::byte> pattern(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 31 + i / 256);
  return bytes;
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

// The error of a Result; none if it has a value.
template <class Result>
[[nodiscard]] std::error_code error_of(const Result& result) {
  return result ? std::error_code() : result.error();
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
  result = co_await std::move(gate);
  ++times;
}

}  // namespace async::testing
