#include "async/io/unix_stream.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <string>

#include "../../02_epoll_module/tests/scratch_folder.hpp"
#include "syscall/observer.hpp"
#include "syscall/open_descriptors.hpp"
#include "testing.hpp"

namespace {

using async::Task;
using async::UnixListener;
using async::UnixStream;
using async::testing::text_of;
using async::testing::turns;
using namespace std::chrono_literals;

// A name that the kernel chooses.
UnixListener listen() {
  return UnixListener::bind(epoll::UnixAddress()).value();
}
// Room for one client, so that the queue is soon full.
UnixListener listen_with_a_short_queue() {
  return UnixListener(epoll::UnixListener::bind(epoll::UnixAddress(), 0).value());
}

Task<> speak(UnixStream& from, UnixStream& to, std::string_view text) {
  const auto written = co_await from.write_all(text);
  EXPECT_TRUE(written);
  std::string buffer(text.size(), '\0');
  const auto whole = co_await to.read_exactly(std::as_writable_bytes(std::span(buffer)));
  EXPECT_TRUE(whole);
  EXPECT_EQ(buffer, text);
}
Task<> both_ways() {
  auto [a, b] = UnixStream::pair().value();
  co_await speak(a, b, "there");
  co_await speak(b, a, "and back");
  EXPECT_TRUE(a.shutdown(epoll::Shutdown::write));
  std::array<std::byte, 1> buffer;
  const auto end = co_await b.read(buffer);
  EXPECT_EQ(end, 0U);
}
TEST(UnixStream, a_pair_carries_bytes_both_ways) {
  const sys::DescriptorWatch watch;
  async::block_on(both_ways());
  EXPECT_EQ(watch.change(), 0);
}

Task<> accept_into(UnixListener& listener, sys::Result<UnixStream>& result) {
  result = co_await listener.accept();
}
Task<> meet(const epoll::UnixAddress& address) {
  auto listener = UnixListener::bind(address).value();
  sys::Result<UnixStream> accepted = sys::failure(EIO);
  auto waiting = async::spawn(accept_into(listener, accepted));
  co_await turns(2);
  EXPECT_FALSE(waiting.done());
  auto connected = co_await UnixStream::connect(*listener.local_address());
  EXPECT_TRUE(connected);
  (void)co_await waiting.join();
  EXPECT_TRUE(accepted);
  if (!connected || !accepted) co_return;
  co_await speak(*connected, *accepted, "hello");
  co_await speak(*accepted, *connected, "yourself");
}
TEST(UnixStream, connects_to_a_listener_by_a_path_or_by_an_abstract_name) {
  const ScratchFolder folder;
  async::block_on(meet(folder.address("door")));
  EXPECT_TRUE(folder.is_empty()) << "the listener takes its file along";
  async::block_on(meet(epoll::UnixAddress()));
}

Task<> nobody() {
  const ScratchFolder folder;
  const auto no_file = co_await UnixStream::connect(folder.address("nothing"));
  EXPECT_EQ(no_file.error(), std::errc::no_such_file_or_directory);
  auto listener = listen();
  const auto address = listener.local_address().value();
  listener.close();
  const auto no_door = co_await UnixStream::connect(address);
  EXPECT_EQ(no_door.error(), std::errc::connection_refused);
}
TEST(UnixStream, connecting_to_nobody_is_refused_at_once) {
  async::block_on(nobody());
}

Task<> connect_into(epoll::UnixAddress address, sys::Result<UnixStream>& result) {
  result = co_await UnixStream::connect(std::move(address));
}
Task<> full_queue() {
  auto listener = listen_with_a_short_queue();
  const auto address = listener.local_address().value();
  auto first = co_await UnixStream::connect(address);
  EXPECT_TRUE(first);
  sys::Result<UnixStream> second = sys::failure(EIO);
  sys::CallCounter calls;
  const sys::ScopedObserver watching(calls);
  auto connecting = async::spawn(connect_into(address, second));
  co_await turns(3);
  EXPECT_EQ(calls.failed_of("connect"), 1U) << "the queue is full: " << calls.summary();
  EXPECT_FALSE(connecting.done());
  auto of_first = co_await listener.accept();
  EXPECT_TRUE(of_first);
  (void)co_await connecting.join();
  EXPECT_TRUE(second) << "tried again when there was room";
  EXPECT_EQ(calls.of("connect"), 2U) << "and not before: " << calls.summary();
  auto of_second = co_await listener.accept();
  if (second && of_second) co_await speak(*second, *of_second, "hello");
}
TEST(UnixStream, connecting_to_a_full_queue_is_tried_again_a_little_later) {
  async::block_on(full_queue());
}

Task<> cancelled_at_a_full_queue() {
  auto listener = listen_with_a_short_queue();
  const auto address = listener.local_address().value();
  auto first = co_await UnixStream::connect(address);
  EXPECT_TRUE(first);
  sys::Result<UnixStream> second = sys::failure(EIO);
  auto connecting = async::spawn(connect_into(address, second));
  co_await turns(3);
  connecting.cancel();
  (void)co_await connecting.join();
  EXPECT_EQ(second.error(), std::errc::operation_canceled);
  const auto late = co_await async::timeout(1ms, UnixStream::connect(address));
  EXPECT_EQ(late.error(), std::errc::timed_out);
}
TEST(UnixStream, connecting_to_a_full_queue_can_be_cancelled_and_limited) {
  const sys::DescriptorWatch watch;
  async::block_on(cancelled_at_a_full_queue());
  EXPECT_EQ(watch.change(), 0);
}

Task<> cancelled_accept() {
  auto listener = listen();
  sys::Result<UnixStream> first = sys::failure(EIO);
  auto waiting = async::spawn(accept_into(listener, first));
  co_await turns(2);
  waiting.cancel();
  (void)co_await waiting.join();
  EXPECT_EQ(first.error(), std::errc::operation_canceled);
  auto client = co_await UnixStream::connect(*listener.local_address());
  EXPECT_TRUE(client);
  const auto second = co_await listener.accept();
  EXPECT_TRUE(second) << "the client was not lost";
}
TEST(UnixListener, a_cancelled_accept_has_lost_no_client) {
  async::block_on(cancelled_accept());
}

Task<> closed() {
  auto listener = listen();
  sys::Result<UnixStream> result = sys::failure(EIO);
  auto waiting = async::spawn(accept_into(listener, result));
  co_await turns(2);
  listener.close();
  (void)co_await waiting.join();
  EXPECT_EQ(result.error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(listener.local_address().error(), std::errc::bad_file_descriptor);
}
TEST(UnixListener, closing_it_wakes_who_waits_for_a_client) {
  async::block_on(closed());
}

Task<> one_after_the_other() {
  auto listener = listen();
  const auto address = listener.local_address().value();
  std::vector<UnixStream> clients;
  for (int i = 0; i < 3; ++i) {
    auto client = co_await UnixStream::connect(address);
    EXPECT_TRUE(client);
    if (client) clients.push_back(std::move(*client));
  }
  // One edge for all three.
  auto incoming = listener.incoming();
  for (auto& client : clients) {
    auto stream = co_await incoming.next();
    EXPECT_TRUE(stream);
    if (stream) co_await speak(client, *stream, "in order");
  }
}
TEST(UnixListener, incoming_gives_all_who_came_at_once) {
  async::block_on(one_after_the_other());
}

// A descriptor that travels with a byte ends the read there, though more has come behind it.
Task<> a_descriptor_travels() {
  auto [a, b] = UnixStream::pair().value();
  std::array<std::byte, 64> buffer;
  const auto nothing = co_await async::timeout(1ms, a.read(buffer));  // registered from here on
  EXPECT_EQ(nothing.error(), std::errc::timed_out);
  char letter = 'A';
  iovec piece{&letter, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const int fd = b.socket()->fd();
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  EXPECT_EQ(::sendmsg(fd, &message, 0), 1);
  EXPECT_EQ(::send(fd, "BCD", 3, 0), 3);
  const auto first = co_await async::timeout(10s, a.read(buffer));
  EXPECT_EQ(first, 1U);
  const auto second = co_await async::timeout(10s, a.read(buffer));
  EXPECT_EQ(second, 3U);
}
TEST(UnixStream, a_short_read_is_followed_by_another_where_a_descriptor_came_along) {
  async::block_on(a_descriptor_travels());
}

}  // namespace
