#include "epoll/activation.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "environment.hpp"
#include "epoll/socket.hpp"
#include "epoll/tcp_listener.hpp"
#include "epoll/udp_socket.hpp"
#include "epoll/unix_listener.hpp"
#include "event_source.hpp"

namespace activation_test {

using environment::Variable;
using epoll::TcpListener;
using epoll::UniqueFd;

// A manager has started this process with copies of `fds`, as descriptors 3, 4, ...
class Activation : public testing::Test {
 protected:
  static constexpr int kFirst = 3;

  void pass(const std::vector<int>& fds) {
    for (int target = kFirst; const int fd : fds) {
      Slot& slot = slots_.emplace_back(target++);
      const UniqueFd copy(::fcntl(fd, F_DUPFD, 100));  // `fd` may be a target itself
      slot.put(copy.get());
    }
  }
  // The test's own descriptors of these numbers come back at its end.
  class Slot {
   public:
    explicit Slot(int number) : number_(number), saved_(::fcntl(number, F_DUPFD_CLOEXEC, 100)) {}
    Slot(Slot&&) noexcept = default;
    ~Slot() {
      if (saved_) ::dup3(saved_.get(), number_, O_CLOEXEC);
    }
    void put(int fd) const { ASSERT_EQ(::dup2(fd, number_), number_); }

   private:
    int number_;
    UniqueFd saved_;
  };
  static sys::Result<std::vector<epoll::PassedSocket>> take(
      const std::optional<std::string>& count, const std::optional<std::string>& names,
      const std::string& pid = std::to_string(::getpid())) {
    const Variable listen_pid("LISTEN_PID", pid);
    const Variable listen_fds("LISTEN_FDS", count);
    const Variable listen_names("LISTEN_FDNAMES", names);
    auto taken = epoll::take_passed_sockets();
    for (const char* const name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
      EXPECT_EQ(std::getenv(name), nullptr) << name;
    return taken;
  }

  std::vector<Slot> slots_;
};

TEST_F(Activation, hands_over_each_socket_with_its_name) {
  auto one = TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
  auto other = TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
  pass({one.fd(), other.fd()});
  auto sockets = take("2", "http:admin").value();
  ASSERT_EQ(sockets.size(), 2u);
  EXPECT_EQ(sockets[0].name, "http");
  EXPECT_EQ(sockets[1].name, "admin");
  EXPECT_TRUE(event_source::closes_on_exec(sockets[0].fd.get()));
  auto listener = TcpListener::adopt(std::move(sockets[1].fd)).value();
  EXPECT_EQ(listener.local_address().value(), other.local_address().value());
}

TEST_F(Activation, calls_a_socket_unknown_where_there_are_no_names) {
  const auto listener = TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
  pass({listener.fd()});
  const auto sockets = take("1", std::nullopt).value();
  ASSERT_EQ(sockets.size(), 1u);
  EXPECT_EQ(sockets[0].name, "unknown");
}

TEST_F(Activation, is_empty_without_a_manager_and_for_another_process) {
  EXPECT_TRUE(take(std::nullopt, std::nullopt).value().empty());
  EXPECT_TRUE(take("2", "a:b", std::to_string(::getppid())).value().empty());
  EXPECT_TRUE(take("0", "").value().empty());
}

TEST_F(Activation, refuses_variables_that_make_no_sense) {
  for (const char* const count : {"", "x", "-1", "1x", "99999", "99999999999999999999"})
    EXPECT_EQ(take(count, std::nullopt).error(), std::errc::invalid_argument) << count;
  EXPECT_EQ(take("1", std::nullopt, "x").error(), std::errc::invalid_argument);
  EXPECT_EQ(take("1", "a:b").error(), std::errc::invalid_argument);
  EXPECT_EQ(take("2", "a").error(), std::errc::invalid_argument);
}

TEST_F(Activation, refuses_a_descriptor_that_is_not_open) {
  pass({STDERR_FILENO, STDERR_FILENO});
  ASSERT_EQ(::close(kFirst + 1), 0);
  EXPECT_EQ(take("2", std::nullopt).error(), std::errc::bad_file_descriptor);
}

// --- what a listener is made of

TEST(TcpListenerAdopt, takes_a_listening_socket_and_makes_it_non_blocking) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::listen(fd.get(), 1), 0);
  auto listener = TcpListener::adopt(std::move(fd)).value();
  EXPECT_TRUE(event_source::never_blocks(listener.fd()));
  EXPECT_EQ(listener.accept().error(), std::errc::resource_unavailable_try_again);
  const auto client = epoll::TcpStream::connect(listener.local_address().value()).value();
  event_source::Watched(listener.fd()).wait();
  EXPECT_TRUE(listener.accept());
}

TEST(TcpListenerAdopt, refuses_what_is_no_listening_tcp_socket) {
  const auto refusal = [](int fd) {
    return TcpListener::adopt(UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 0))).error();
  };
  const auto not_listening = epoll::make_socket(AF_INET, SOCK_STREAM).value();
  const auto datagrams = epoll::UdpSocket::bind(epoll::SocketAddress::loopback(0)).value();
  const auto local = epoll::UnixListener::bind(epoll::UnixAddress()).value();
  const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(refusal(not_listening.get()), std::errc::invalid_argument);
  EXPECT_EQ(refusal(datagrams.fd()), std::errc::invalid_argument);
  EXPECT_EQ(refusal(local.fd()), std::errc::invalid_argument);
  EXPECT_EQ(refusal(file.get()), std::errc::not_a_socket);
}

TEST(TcpListenerDuplicate, shares_one_queue) {
  auto one = TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
  auto other = one.duplicate().value();
  EXPECT_TRUE(event_source::closes_on_exec(other.fd()));
  const auto client = epoll::TcpStream::connect(one.local_address().value()).value();
  event_source::Watched(other.fd()).wait();
  EXPECT_TRUE(other.accept());
  EXPECT_EQ(one.accept().error(), std::errc::resource_unavailable_try_again)
      << "it has gone to one";
}

}  // namespace activation_test
