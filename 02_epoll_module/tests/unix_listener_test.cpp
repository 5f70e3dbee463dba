#include "epoll/unix_listener.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "epoll/socket.hpp"
#include "event_source.hpp"
#include "scratch_folder.hpp"

namespace {

using epoll::Interest;
using epoll::Trigger;
using epoll::UnixAddress;
using epoll::UnixListener;
using epoll::UnixStream;
using event_source::Watched;

TEST(UnixListener, it_is_readable_while_a_client_waits) {
  auto listener = UnixListener::bind(UnixAddress()).value();
  Watched level(listener.fd(), Interest::read(), Trigger::level);
  Watched edge(listener.fd(), Interest::read(), Trigger::edge);
  EXPECT_FALSE(level.is_ready());
  EXPECT_TRUE(sys::would_block(listener.accept().error()));

  auto client = UnixStream::connect(listener.local_address().value()).value();
  EXPECT_TRUE(level.now()->is_readable());
  EXPECT_TRUE(level.is_ready());
  EXPECT_TRUE(edge.is_ready());
  EXPECT_FALSE(edge.is_ready());

  EXPECT_TRUE(listener.accept());
  EXPECT_FALSE(level.is_ready());
}

TEST(UnixListener, a_path_is_a_file_that_goes_with_it) {
  const ScratchFolder folder;
  const auto address = folder.address("socket");
  {
    auto listener = UnixListener::bind(address).value();
    EXPECT_EQ(listener.local_address().value(), address);
    EXPECT_TRUE(std::filesystem::is_socket(folder.file("socket")));
    EXPECT_TRUE(UnixStream::connect(address));
  }
  EXPECT_TRUE(folder.is_empty());
  EXPECT_TRUE(UnixListener::bind(address));  // a restart finds the place free
}

TEST(UnixListener, an_abstract_name_is_no_file_and_is_free_again_after_it) {
  auto address = UnixAddress();
  {
    auto listener = UnixListener::bind(UnixAddress()).value();
    address = listener.local_address().value();
    EXPECT_TRUE(address.is_abstract());
    EXPECT_EQ(UnixListener::bind(address).error(), std::errc::address_in_use);
  }
  EXPECT_EQ(UnixStream::connect(address).error(), std::errc::connection_refused);
}

TEST(UnixListener, a_path_that_is_taken_is_eaddrinuse_and_stays_with_its_owner) {
  const ScratchFolder folder;
  const auto address = folder.address("socket");
  auto listener = UnixListener::bind(address).value();
  EXPECT_EQ(UnixListener::bind(address).error(), std::errc::address_in_use);
  EXPECT_TRUE(UnixStream::connect(address));  // the failed attempt has not unlinked it
}

TEST(UnixListener, connecting_distinguishes_a_file_that_a_crash_has_left_from_a_running_server) {
  const ScratchFolder folder;
  const auto address = folder.address("socket");
  {
    const auto crashed = epoll::make_socket(AF_UNIX, SOCK_STREAM).value();
    ASSERT_EQ(::bind(crashed.get(), address.data(), address.size()), 0);
  }
  ASSERT_EQ(UnixListener::bind(address).error(), std::errc::address_in_use);
  ASSERT_EQ(UnixStream::connect(address).error(), std::errc::connection_refused);
  ASSERT_EQ(::unlink(folder.file("socket").c_str()), 0);
  EXPECT_TRUE(UnixListener::bind(address));
}

TEST(UnixListener, a_successor_that_has_taken_the_path_keeps_its_file) {
  const ScratchFolder folder;
  const auto address = folder.address("socket");
  std::optional old_server = UnixListener::bind(address).value();
  std::filesystem::remove(folder.file("socket"));
  auto successor = UnixListener::bind(address).value();
  old_server.reset();
  EXPECT_TRUE(UnixStream::connect(address));
}

TEST(UnixListener, without_a_descriptor_left_the_client_stays_in_the_queue) {
  auto listener = UnixListener::bind(UnixAddress()).value();
  Watched watched(listener.fd());
  auto client = UnixStream::connect(listener.local_address().value()).value();
  {
    sys::FailNth full(1, EMFILE, "accept4");
    const sys::ScopedObserver watching(full);
    EXPECT_EQ(listener.accept().error(), std::errc::too_many_files_open);
  }
  EXPECT_TRUE(watched.is_ready());
  EXPECT_TRUE(listener.accept());
}

TEST(UnixListener, it_and_its_clients_do_not_block_are_not_inherited_and_are_closed_at_the_drop) {
  const sys::DescriptorWatch watch;
  {
    auto listener = UnixListener::bind(UnixAddress()).value();
    auto client = UnixStream::connect(listener.local_address().value()).value();
    auto server = listener.accept().value();
    for (const int fd : {listener.fd(), server.fd()}) {
      EXPECT_TRUE(event_source::never_blocks(fd));
      EXPECT_TRUE(event_source::closes_on_exec(fd));
    }
    EXPECT_EQ(watch.change(), 3);
  }
  EXPECT_EQ(watch.change(), 0);
}

TEST(UnixListener, an_interrupted_accept_is_repeated) {
  auto listener = UnixListener::bind(UnixAddress()).value();
  auto client = UnixStream::connect(listener.local_address().value()).value();
  sys::FailNth first(1, EINTR, "accept4");
  const sys::ScopedObserver watching(first);
  EXPECT_TRUE(listener.accept());
  EXPECT_EQ(first.seen(), 2u);
}

TEST(UnixListener, a_system_call_that_fails_is_reported_and_leaves_neither_descriptor_nor_file) {
  const ScratchFolder folder;
  const std::size_t calls = event_source::sweep_faults([&]() -> sys::Result<UnixListener> {
    EXPECT_TRUE(folder.is_empty());
    auto listener = UnixListener::bind(folder.address("socket"));
    if (!listener) return listener;
    auto address = listener->local_address();
    if (!address) return sys::failure(address.error());
    auto client = UnixStream::connect(*address);
    if (!client) return sys::failure(client.error());
    if (auto server = listener->accept(); !server) return sys::failure(server.error());
    return listener;
  });
  EXPECT_TRUE(folder.is_empty());
  EXPECT_EQ(calls, 8u);
}

}  // namespace
