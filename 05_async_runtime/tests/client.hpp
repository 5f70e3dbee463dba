// A client that does one thing after the other, and waits: the server is in another thread or process.
//
// Its calls do not go through sys::call; an observer sees the server's calls and no others.
#pragma once

#include "testing.hpp"

namespace async::testing {

class Client {
 public:
  // `receive_buffer`: how much the kernel keeps for it [socket(7), SO_RCVBUF]; 0: as usual.
  explicit Client(const epoll::SocketAddress& server, int receive_buffer = 0)
      : fd_(::socket(server.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer != 0)
      epoll::set_option(fd_.get(), SOL_SOCKET, SO_RCVBUF, receive_buffer).value();
    EXPECT_EQ(::connect(fd_.get(), server.data(), server.size()), 0);
  }

  // All of it; false if the server is gone.
  bool try_send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  Client& send(std::string_view bytes) {
    (void)try_send(bytes);  // the server may have had enough
    return *this;
  }
  void expect_echo(std::string_view bytes) const {
    ASSERT_TRUE(try_send(bytes));
    ASSERT_EQ(receive(bytes.size()), bytes);
  }
  Client& finish() {
    ::shutdown(fd_.get(), SHUT_WR);
    return *this;
  }
  // So many bytes, or what came before the end.
  [[nodiscard]] std::string receive(std::size_t size) const {
    std::string all;
    while (all.size() < size && read_more(all, size - all.size())) continue;
    return all;
  }
  std::string read_all() const { return receive(std::string::npos); }
  std::string read_until(std::string_view end) const {
    std::string all;
    while (!all.contains(end) && read_more(all)) continue;
    return all;
  }
  // Adds what has come up to now, and takes no memory; false once the connection is over.
  [[nodiscard]] bool count_now(std::size_t& bytes) const {
    std::array<char, 4096> buffer;
    while (true) {
      const auto count = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (count == 0 || (count < 0 && errno != EAGAIN)) return false;
      if (count < 0) return true;
      bytes += static_cast<std::size_t>(count);
    }
  }
  // How many bytes come before the end.
  [[nodiscard]] std::uint64_t count_all() const {
    std::uint64_t sum = 0;
    for (std::string piece; read_more(piece); piece.clear()) sum += piece.size();
    return sum;
  }
  void close() { fd_.reset(); }
  // Breaks off: the server's next read gives ECONNRESET [socket(7), SO_LINGER].
  void reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }

 private:
  bool read_more(std::string& all, std::size_t most = std::string::npos) const {
    std::array<char, 65536> buffer;
    const auto count = ::recv(fd_.get(), buffer.data(), std::min(most, buffer.size()), 0);
    if (count > 0) all.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
  }
  epoll::UniqueFd fd_;
};

}  // namespace async::testing
