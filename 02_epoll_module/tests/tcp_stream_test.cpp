#include "epoll/tcp_stream.hpp"

#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include "tcp_pair.hpp"

namespace {

using epoll::Interest;
using epoll::SocketAddress;
using epoll::TcpListener;
using epoll::Trigger;
using event_source::Watched;
using tcp_pair::connected;
using tcp_pair::read;
using tcp_pair::write;

// A port that is taken, and without a listener: a connect is refused.
class RefusingPort {
 public:
  RefusingPort() {
    const auto any = SocketAddress::loopback(0);
    sys::call<::bind>(fd_.get(), any.data(), any.size()).value();
    address_ = epoll::local_address_of(fd_.get()).value();
  }
  [[nodiscard]] const SocketAddress& address() const { return address_; }

 private:
  epoll::UniqueFd fd_ = epoll::make_socket(AF_INET, SOCK_STREAM).value();
  SocketAddress address_;
};

TEST(TcpStream, connect_is_done_when_it_is_writable) {
  auto listener = TcpListener::bind(SocketAddress::loopback(0)).value();
  auto stream = epoll::TcpStream::connect(listener.local_address().value());
  ASSERT_TRUE(stream);
  EXPECT_TRUE(Watched(stream->fd(), Interest::write()).wait().is_writable());
  EXPECT_TRUE(stream->take_error());
  EXPECT_EQ(stream->peer_address(), listener.local_address());
}

TEST(TcpStream, connect_works_over_ipv6) {
  auto listener = TcpListener::bind(SocketAddress::loopback_v6(0)).value();
  auto [client, server] = tcp_pair::connect_to(listener);
  EXPECT_EQ(client.peer_address()->family(), AF_INET6);
  ASSERT_TRUE(write(client, "x"));
  Watched(server.fd()).wait();
  EXPECT_EQ(read(server), "x");
}

TEST(TcpStream, a_refused_connect_is_writable_and_reported_by_take_error) {
  const RefusingPort port;
  auto stream = epoll::TcpStream::connect(port.address());
  ASSERT_TRUE(stream) << "it could start";
  const epoll::Event event = Watched(stream->fd(), Interest::write()).wait();
  EXPECT_TRUE(event.is_writable()) << "an outcome, not a success";
  EXPECT_TRUE(event.is_error());
  EXPECT_EQ(sys::error_of(stream->take_error()), std::errc::connection_refused);
  EXPECT_EQ(sys::error_of(stream->peer_address()), std::errc::not_connected);
}

TEST(TcpStream, a_connect_that_cannot_start_is_an_error_at_once) {
  // TCP has no broadcast; the kernel says so before it sends anything.
  EXPECT_FALSE(epoll::TcpStream::connect(SocketAddress::parse("255.255.255.255:1").value()));
}

TEST(TcpStream, a_connect_that_a_signal_interrupts_continues_in_the_background) {
  sys::FailNth interrupted(1, EINTR, "connect");
  sys::ScopedObserver watching(interrupted);
  const RefusingPort port;
  EXPECT_TRUE(epoll::TcpStream::connect(port.address()));
  EXPECT_EQ(interrupted.seen(), 1u) << "a second connect would be told EALREADY";
}

TEST(TcpStream, a_connect_that_fails_leaves_nothing_open) {
  const RefusingPort port;
  EXPECT_EQ(event_source::sweep_faults([&] { return epoll::TcpStream::connect(port.address()); }),
            3u);
}

TEST(TcpStream, connecting_makes_three_calls) {
  const RefusingPort port;
  sys::CallCounter calls;
  {
    sys::ScopedObserver watching(calls);
    ASSERT_TRUE(epoll::TcpStream::connect(port.address()));
  }
  EXPECT_EQ(calls.summary(), "close 1, connect 1, setsockopt 1, socket 1");
}

TEST(TcpStream, does_not_block_and_is_closed_in_a_child) {
  const auto [client, server] = connected();
  for (const int fd : {client.fd(), server.fd()}) {
    EXPECT_TRUE(event_source::never_blocks(fd));
    EXPECT_TRUE(event_source::closes_on_exec(fd));
  }
}

TEST(TcpStream, both_ends_know_both_addresses) {
  const auto [client, server] = connected();
  EXPECT_EQ(client.peer_address(), server.local_address());
  EXPECT_EQ(server.peer_address(), client.local_address());
  EXPECT_NE(client.peer_address(), client.local_address());
}

TEST(TcpStream, has_no_peer_until_it_is_connected) {
  const auto stream = epoll::TcpStream::adopt(epoll::make_socket(AF_INET, SOCK_STREAM).value());
  EXPECT_EQ(sys::error_of(stream.peer_address()), std::errc::not_connected);
}

TEST(TcpStream, small_pieces_are_sent_at_once_unless_they_are_to_be_collected) {
  const auto no_delay_of = [](const epoll::TcpStream& stream) {
    return epoll::get_option(stream.fd(), IPPROTO_TCP, TCP_NODELAY);
  };
  auto [client, server] = connected();
  EXPECT_EQ(no_delay_of(client), 1);
  EXPECT_EQ(no_delay_of(server), 1);
  ASSERT_TRUE(client.set_no_delay(false));
  EXPECT_EQ(no_delay_of(client), 0);
  ASSERT_TRUE(client.set_no_delay(true));
  EXPECT_EQ(no_delay_of(client), 1);
  const auto collecting =
      epoll::TcpStream::connect(server.local_address().value(), {.no_delay = false});
  EXPECT_EQ(no_delay_of(collecting.value()), 0);
}

TEST(TcpStream, a_connection_that_is_broken_off_does_not_end) {
  for (const bool breaks : {true, false}) {
    auto [client, server] = connected();
    if (breaks) server.break_on_close();
    server.close();
    Watched(client.fd()).wait();
    const auto last = read(client);
    if (breaks) {
      EXPECT_EQ(sys::error_of(last), std::errc::connection_reset);
    } else {
      EXPECT_EQ(last, "");
    }
  }
}

TEST(TcpStream, is_readable_when_something_has_come_and_not_before) {
  auto [client, server] = connected();
  Watched watched(server.fd(), Interest::read(), Trigger::edge);
  EXPECT_FALSE(watched.is_ready());
  ASSERT_TRUE(write(client, "x"));
  EXPECT_TRUE(watched.wait().is_readable());
  EXPECT_FALSE(watched.is_ready());
  EXPECT_EQ(read(server), "x");
}

TEST(TcpStream, a_half_close_ends_one_direction) {
  auto [client, server] = connected();
  ASSERT_TRUE(write(client, "question"));
  ASSERT_TRUE(client.shutdown(epoll::Shutdown::write));
  Watched watched(server.fd());
  std::string question;
  while (true) {
    const epoll::Event event = watched.wait();
    EXPECT_FALSE(event.is_hangup()) << "only one direction is closed";
    const auto text = read(server);
    ASSERT_TRUE(text);
    if (text->empty()) break;
    question += *text;
  }
  EXPECT_EQ(question, "question");
  ASSERT_TRUE(write(server, "answer"));
  Watched(client.fd()).wait();
  EXPECT_EQ(read(client), "answer");
}

TEST(TcpStream, data_that_came_before_a_reset_is_still_there) {
  auto [client, server] = connected();
  ASSERT_TRUE(write(client, "important data"));
  Watched(server.fd()).wait();
  tcp_pair::reset(client);
  EXPECT_TRUE(Watched(server.fd(), Interest::none()).wait().is_hangup());
  EXPECT_EQ(read(server), "important data") << "read first, close afterwards";
  EXPECT_EQ(sys::error_of(read(server)), std::errc::connection_reset);
}

TEST(TcpStream, writing_to_a_peer_that_is_gone_is_an_error_and_no_signal) {
  tcp_pair::count_sigpipes();
  auto [client, server] = connected();
  tcp_pair::reset(client);
  Watched(server.fd(), Interest::none()).wait();
  EXPECT_EQ(sys::error_of(write(server, "x")), std::errc::connection_reset);
  EXPECT_EQ(sys::error_of(write(server, "x")), std::errc::broken_pipe);
  EXPECT_EQ(tcp_pair::sigpipes, 0);
}

TEST(TcpStream, shutting_down_what_is_gone_is_an_error_that_says_so) {
  auto [client, server] = connected();
  tcp_pair::reset(client);
  Watched(server.fd(), Interest::none()).wait();
  EXPECT_EQ(sys::error_of(server.shutdown(epoll::Shutdown::both)), std::errc::not_connected);
}

}  // namespace
