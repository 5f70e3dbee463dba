#include "epoll/unix_stream.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "epoll/socket.hpp"
#include "epoll/unix_listener.hpp"
#include "scratch_folder.hpp"
#include "tcp_pair.hpp"

namespace {

using epoll::Interest;
using epoll::Trigger;
using epoll::UnixAddress;
using epoll::UnixListener;
using epoll::UnixStream;
using event_source::Watched;

TEST(UnixStream, the_two_of_a_pair_talk_to_each_other) {
  auto [one, other] = UnixStream::pair().value();
  ASSERT_TRUE(tcp_pair::write(one, "ping"));
  EXPECT_EQ(tcp_pair::read(other).value(), "ping");
  ASSERT_TRUE(tcp_pair::write(other, "pong"));
  EXPECT_EQ(tcp_pair::read(one).value(), "pong");
}

TEST(UnixStream, it_is_readable_while_there_are_bytes) {
  auto [one, other] = UnixStream::pair().value();
  Watched level(other.fd(), Interest::read(), Trigger::level);
  Watched edge(other.fd(), Interest::read(), Trigger::edge);
  EXPECT_FALSE(level.is_ready());
  EXPECT_TRUE(sys::would_block(tcp_pair::read(other).error()));

  ASSERT_TRUE(tcp_pair::write(one, "a"));
  EXPECT_TRUE(level.now()->is_readable());
  EXPECT_TRUE(level.is_ready());
  EXPECT_TRUE(edge.is_ready());
  EXPECT_FALSE(edge.is_ready());

  EXPECT_EQ(tcp_pair::read(other).value(), "a");
  EXPECT_FALSE(level.is_ready());
}

TEST(UnixStream, it_is_writable_while_there_is_room) {
  auto [one, other] = UnixStream::pair().value();
  Watched watched(one.fd(), Interest::write());
  EXPECT_TRUE(watched.now()->is_writable());
  const std::size_t written = tcp_pair::fill(one);
  EXPECT_FALSE(watched.is_ready());
  EXPECT_EQ(tcp_pair::read_all(other).size(), written);
  EXPECT_TRUE(watched.is_ready());
}

TEST(UnixStream, a_peer_that_is_gone_is_the_end_for_the_reader_and_epipe_for_the_writer) {
  auto [one, other] = UnixStream::pair().value();
  Watched watched(one.fd());
  other.close();
  EXPECT_TRUE(watched.now()->is_hangup());
  EXPECT_EQ(tcp_pair::read(one).value(), "");
  EXPECT_EQ(tcp_pair::write(one, "a").error(), std::errc::broken_pipe);  // and no SIGPIPE
}

TEST(UnixStream, a_connection_is_there_at_once) {
  auto listener = UnixListener::bind(UnixAddress()).value();
  auto client = UnixStream::connect(listener.local_address().value()).value();
  ASSERT_TRUE(tcp_pair::write(client, "early"));  // before it is accepted
  auto server = listener.accept().value();
  EXPECT_EQ(tcp_pair::read(server).value(), "early");
}

TEST(UnixStream, connecting_without_a_listener_is_enoent_or_econnrefused) {
  const ScratchFolder folder;
  EXPECT_EQ(UnixStream::connect(folder.address("nothing")).error(),
            std::errc::no_such_file_or_directory);
  {
    const auto fd = epoll::make_socket(AF_UNIX, SOCK_STREAM).value();
    const auto address = folder.address("left");
    ASSERT_EQ(::bind(fd.get(), address.data(), address.size()), 0);
  }
  EXPECT_EQ(UnixStream::connect(folder.address("left")).error(), std::errc::connection_refused);
}

TEST(UnixStream, a_listener_with_a_full_queue_would_block) {
  auto listener = UnixListener::bind(UnixAddress(), 0).value();
  const auto address = listener.local_address().value();
  auto first = UnixStream::connect(address).value();  // a backlog of 0 has room for one
  EXPECT_TRUE(sys::would_block(UnixStream::connect(address).error()));
  auto server = listener.accept().value();
  EXPECT_TRUE(UnixStream::connect(address));
}

TEST(UnixStream, it_knows_the_process_at_the_other_end) {
  auto listener = UnixListener::bind(UnixAddress()).value();
  auto client = UnixStream::connect(listener.local_address().value()).value();
  auto server = listener.accept().value();
  for (const UnixStream& stream : {std::ref(client), std::ref(server)}) {
    const auto peer = stream.peer_credentials().value();
    EXPECT_EQ(peer.pid, ::getpid());
    EXPECT_EQ(peer.uid, ::geteuid());
    EXPECT_EQ(peer.gid, ::getegid());
  }
}

TEST(UnixStream, a_client_has_no_name_and_its_server_that_of_the_listener) {
  auto listener = UnixListener::bind(UnixAddress()).value();
  const auto address = listener.local_address().value();
  auto client = UnixStream::connect(address).value();
  auto server = listener.accept().value();
  EXPECT_TRUE(client.local_address().value().is_unnamed());
  EXPECT_EQ(client.peer_address().value(), address);
  EXPECT_EQ(server.local_address().value(), address);
  EXPECT_TRUE(server.peer_address().value().is_unnamed());
}

TEST(UnixStream, a_descriptor_that_is_taken_over_is_closed_with_it) {
  const sys::DescriptorWatch watch;
  {
    auto fds = epoll::make_socket_pair(SOCK_STREAM).value();
    auto stream = UnixStream::adopt(std::move(fds.first));
    EXPECT_EQ(watch.change(), 2);
  }
  EXPECT_EQ(watch.change(), 0);
}

TEST(UnixStream, it_does_not_block_is_not_inherited_and_is_closed_at_the_drop) {
  const sys::DescriptorWatch watch;
  {
    auto listener = UnixListener::bind(UnixAddress()).value();
    auto client = UnixStream::connect(listener.local_address().value()).value();
    auto [one, other] = UnixStream::pair().value();
    for (const int fd : {client.fd(), one.fd(), other.fd()}) {
      EXPECT_TRUE(event_source::never_blocks(fd));
      EXPECT_TRUE(event_source::closes_on_exec(fd));
    }
    EXPECT_EQ(watch.change(), 4);
  }
  EXPECT_EQ(watch.change(), 0);
}

TEST(UnixStream, a_system_call_that_fails_is_reported_and_leaves_nothing_behind) {
  auto listener = UnixListener::bind(UnixAddress()).value();
  const auto address = listener.local_address().value();
  const std::size_t calls = event_source::sweep_faults([&]() -> sys::Result<UnixStream> {
    auto client = UnixStream::connect(address);
    if (!client) return client;
    if (auto peer = client->peer_credentials(); !peer) return sys::failure(peer.error());
    if (auto here = client->local_address(); !here) return sys::failure(here.error());
    if (auto there = client->peer_address(); !there) return sys::failure(there.error());
    auto pair = UnixStream::pair();
    if (!pair) return sys::failure(pair.error());
    if (auto sent = tcp_pair::write(pair->first, "a"); !sent) return sys::failure(sent.error());
    if (auto got = tcp_pair::read(pair->second); !got) return sys::failure(got.error());
    return client;
  });
  EXPECT_EQ(calls, 8u);
}

}  // namespace
