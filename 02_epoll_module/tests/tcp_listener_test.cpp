#include "epoll/tcp_listener.hpp"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "tcp_pair.hpp"

namespace {

using epoll::Interest;
using epoll::ListenOptions;
using epoll::SocketAddress;
using epoll::TcpListener;
using epoll::TcpStream;
using epoll::Trigger;
using event_source::Watched;

TcpListener listen(const ListenOptions& options = {}) {
  return TcpListener::bind(SocketAddress::loopback(0), options).value();
}
// A connection that is made, as far as the client knows.
TcpStream connect(const TcpListener& listener) {
  auto stream = TcpStream::connect(listener.local_address().value()).value();
  Watched(stream.fd(), Interest::write()).wait();
  stream.take_error().value();
  return stream;
}

TEST(TcpListener, port_0_is_a_port_that_the_kernel_chooses) {
  const auto one = listen();
  const auto other = listen();
  EXPECT_EQ(one.local_address()->to_string().substr(0, 10), "127.0.0.1:");
  EXPECT_NE(one.local_address()->port(), 0);
  EXPECT_NE(one.local_address()->port(), other.local_address()->port());
}

TEST(TcpListener, does_not_block_and_is_closed_in_a_child) {
  const auto listener = listen();
  EXPECT_TRUE(event_source::never_blocks(listener.fd()));
  EXPECT_TRUE(event_source::closes_on_exec(listener.fd()));
}

TEST(TcpListener, accepting_from_an_empty_queue_would_block) {
  auto listener = listen();
  const auto accepted = listener.accept();
  ASSERT_FALSE(accepted);
  EXPECT_TRUE(sys::would_block(sys::error_of(accepted)));
}

TEST(TcpListener, is_readable_while_a_client_waits) {
  auto listener = listen();
  Watched watched(listener.fd());
  EXPECT_FALSE(watched.is_ready());
  const auto client = connect(listener);
  EXPECT_TRUE(watched.wait().is_readable());
  ASSERT_TRUE(listener.accept());
  EXPECT_FALSE(watched.is_ready());
}

TEST(TcpListener, under_edge_trigger_every_client_has_to_be_let_in_at_once) {
  auto listener = listen();
  const auto first = connect(listener);
  const auto second = connect(listener);
  Watched watched(listener.fd(), Interest::read(), Trigger::edge);
  watched.wait();
  ASSERT_TRUE(listener.accept());
  EXPECT_FALSE(watched.is_ready()) << "one event, two clients";
  ASSERT_TRUE(listener.accept());
  EXPECT_TRUE(sys::would_block(sys::error_of(listener.accept())));
  const auto third = connect(listener);
  EXPECT_TRUE(watched.wait().is_readable());
}

TEST(TcpListener, a_client_comes_with_its_address_and_a_stream_that_works) {
  auto listener = listen();
  auto client = connect(listener);
  Watched(listener.fd()).wait();
  auto accepted = listener.accept();
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->peer, client.local_address());
  EXPECT_TRUE(event_source::never_blocks(accepted->stream.fd()));
  EXPECT_TRUE(event_source::closes_on_exec(accepted->stream.fd()));
  ASSERT_TRUE(tcp_pair::write(client, "x"));
  Watched(accepted->stream.fd()).wait();
  EXPECT_EQ(tcp_pair::read(accepted->stream), "x");
}

TEST(TcpListener, letting_a_client_in_costs_one_call) {
  auto listener = listen();
  const auto client = connect(listener);
  Watched(listener.fd()).wait();
  sys::CallCounter calls;
  sys::ScopedObserver watching(calls);
  const auto accepted = listener.accept();
  ASSERT_TRUE(accepted);
  EXPECT_EQ(calls.summary(), "accept4 1") << "non-blocking and close-on-exec come with it";
}

int no_delay_of(const TcpStream& stream) {
  return epoll::get_option(stream.fd(), IPPROTO_TCP, TCP_NODELAY).value();
}

TEST(TcpListener, accepted_sockets_inherit_that_writes_leave_at_once) {
  for (const bool on : {true, false}) {
    ListenOptions options;
    options.no_delay = on;
    auto listener = listen(options);
    const auto client = connect(listener);
    Watched(listener.fd()).wait();
    EXPECT_EQ(no_delay_of(listener.accept().value().stream), on ? 1 : 0);
  }
}

TEST(TcpListener, a_signal_does_not_end_an_accept) {
  auto listener = listen();
  const auto client = connect(listener);
  Watched(listener.fd()).wait();
  sys::FailNth interrupted(1, EINTR);
  sys::ScopedObserver watching(interrupted);
  EXPECT_TRUE(listener.accept());
}

TEST(TcpListener, a_client_that_has_left_does_not_keep_the_next_one_out) {
  auto listener = listen();
  const auto client = connect(listener);
  Watched(listener.fd()).wait();
  {
    sys::FailNth gone(1, ECONNABORTED);
    sys::ScopedObserver watching(gone);
    EXPECT_EQ(sys::error_of(listener.accept()), std::errc::connection_aborted);
  }
  EXPECT_TRUE(listener.accept());
}

TEST(TcpListener, a_client_without_a_descriptor_stays_in_the_queue) {
  auto listener = listen();
  const auto client = connect(listener);
  Watched watched(listener.fd());
  watched.wait();

  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto refused = listener.accept();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(sys::error_of(refused), std::errc::too_many_files_open);
  EXPECT_TRUE(watched.is_ready()) << "under level trigger a loop would spin here";
  EXPECT_TRUE(listener.accept());
}

TEST(TcpListener, a_port_that_is_taken_is_eaddrinuse) {
  const auto listener = listen();
  EXPECT_EQ(sys::error_of(TcpListener::bind(listener.local_address().value())),
            std::errc::address_in_use);
}

// The end that closes first keeps the port in TIME_WAIT for a minute, lest late packets of the old
// connection reach a new one.
SocketAddress address_of_a_server_that_closed_first() {
  auto listener = listen();
  auto [client, server] = tcp_pair::connect_to(listener);
  server.close();
  Watched(client.fd()).wait();
  client.close();
  return listener.local_address().value();
}

TEST(TcpListener, starts_again_at_once_where_old_connections_linger) {
  EXPECT_TRUE(TcpListener::bind(address_of_a_server_that_closed_first()));
  ListenOptions without;
  without.reuse_address = false;
  EXPECT_EQ(sys::error_of(TcpListener::bind(address_of_a_server_that_closed_first(), without)),
            std::errc::address_in_use);
}

TEST(TcpListener, a_group_keeps_its_port_to_itself) {
  const auto group = TcpListener::bind_group(SocketAddress::loopback(0), 2).value();
  const auto address = group[0].local_address().value();
  EXPECT_EQ(group[1].local_address(), address);
  EXPECT_EQ(sys::error_of(TcpListener::bind(address)), std::errc::address_in_use);
  EXPECT_EQ(sys::error_of(TcpListener::bind_group(address, 2)), std::errc::address_in_use)
      << "a second instance of the program";
  const auto alone = listen();
  EXPECT_EQ(sys::error_of(TcpListener::bind_group(alone.local_address().value(), 1)),
            std::errc::address_in_use);
}

TEST(TcpListener, each_of_a_group_gets_its_part_of_the_clients) {
  auto listeners = TcpListener::bind_group(SocketAddress::loopback(0), 2).value();

  // The kernel picks by a hash of the addresses: 64 clients all on one side is one chance in 2^63.
  std::vector<TcpStream> clients;
  std::vector<TcpListener::Accepted> accepted;
  std::array<int, 2> count{};
  for (int i = 0; i < 64; ++i) {
    clients.push_back(connect(listeners[0]));
    epoll::Poll poll = epoll::Poll::create().value();
    for (std::uint32_t which : {0u, 1u})
      poll.add(listeners[which].fd(), {which, 1}, Interest::read(), Trigger::level).value();
    epoll::Events events;
    ASSERT_TRUE(poll.wait(events, std::nullopt));
    ASSERT_EQ(events.size(), 1u);
    const std::uint32_t which = events[0].token().index;
    accepted.push_back(listeners[which].accept().value());
    ++count[which];
  }
  EXPECT_GT(count[0], 0);
  EXPECT_GT(count[1], 0);
}

// For a listener, TCP_INFO holds the length of its queue in a field that is otherwise about packets.
unsigned backlog_of(const TcpListener& listener) {
  tcp_info info{};
  socklen_t size = sizeof info;
  EXPECT_EQ(::getsockopt(listener.fd(), IPPROTO_TCP, TCP_INFO, &info, &size), 0);
  return info.tcpi_sacked;
}

TEST(TcpListener, the_queue_is_as_long_as_the_system_allows_or_as_is_asked) {
  unsigned allowed = 0;
  std::ifstream("/proc/sys/net/core/somaxconn") >> allowed;
  ASSERT_GT(allowed, 3u);
  EXPECT_EQ(backlog_of(listen()), std::min<unsigned>(allowed, SOMAXCONN));
  ListenOptions three;
  three.backlog = 3;
  EXPECT_EQ(backlog_of(listen(three)), 3u);
}

TEST(TcpListener, every_step_that_fails_is_reported_and_leaves_nothing_open) {
  EXPECT_EQ(
      event_source::sweep_faults([] { return TcpListener::bind(SocketAddress::loopback(0)); }), 5u)
      << "socket, two options, bind, listen";
  EXPECT_EQ(event_source::sweep_faults(
                [] { return TcpListener::bind_group(SocketAddress::loopback(0), 2); }),
            14u)
      << "two of them, each with a third option and a look at the address";
}

TEST(TcpListener, is_closed_by_its_owner) {
  const sys::DescriptorWatch watch;
  auto address = listen().local_address().value();
  EXPECT_EQ(watch.change(), 0);
  ListenOptions without;
  without.reuse_address = false;
  EXPECT_TRUE(TcpListener::bind(address, without)) << "the port is free again";
}

}  // namespace
