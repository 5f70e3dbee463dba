// What an echoed message costs: system calls, counted by name, and allocations.
#include "../../03_request_context/tests/allocations.hpp"
#include "echo_rig.hpp"

namespace async::testing {
namespace {

constexpr std::size_t kMessages = 1'000;

TEST(Cost, an_echoed_message_is_one_read_one_write_and_its_share_of_one_wait) {
  auto runtime = Runtime::create().value();
  sys::CallCounter calls;
  const sys::ScopedObserver watching(calls);
  serve_clients(*runtime, 1, [](const auto& server, int) { converse(server, kMessages); });
  const std::string all = calls.summary() + "; " + runtime->summary();
  EXPECT_EQ(calls.of("send"), kMessages) << all;
  // One more when the connection is new and nothing has come yet, one more for its end.
  EXPECT_LE(calls.of("recv"), kMessages + 2) << all;
  EXPECT_LE(calls.failed_of("recv"), 1U) << all;
  // Some more for the client's coming and going, and for the end of the server.
  EXPECT_LE(calls.of("epoll_wait"), kMessages + 10) << all;
  // The listener and the stream are put in, once, and taken out.
  EXPECT_EQ(calls.of("epoll_ctl"), 4U) << all;
  EXPECT_LE(calls.total(), 3 * kMessages + 40) << all;
  EXPECT_EQ(runtime->counters().woken_for_nothing, 0U) << all;
}

TEST(Cost, of_ten_clients_none_is_woken_for_nothing) {
  auto runtime = Runtime::create().value();
  sys::CallCounter calls;
  const sys::ScopedObserver watching(calls);
  serve_clients(*runtime, 10, [](const auto& server, int) { converse(server, 100); });
  const std::string all = calls.summary() + "; " + runtime->summary();
  EXPECT_EQ(calls.of("send"), 1'000U) << all;
  EXPECT_LE(calls.of("recv"), 1'000U + 20) << all;
  EXPECT_LE(calls.of("epoll_wait"), 1'000U + 40) << all << ": they share their waits";
  EXPECT_EQ(runtime->counters().woken_for_nothing, 0U) << all;
}

// The other end, by hand: raw calls that no observer sees.
class Peer {
 public:
  explicit Peer(epoll::UniqueFd fd) : fd_(std::move(fd)) {}
  void send() const { EXPECT_EQ(::send(fd_.get(), "0123456789", 10, MSG_NOSIGNAL), 10); }
  [[nodiscard]] bool has_received() const {
    std::array<char, 64> buffer{};
    return ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT) == 10;
  }
  void close() { fd_.reset(); }

 private:
  epoll::UniqueFd fd_;
};
Task<> play(Peer& peer, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    peer.send();
    do {
      (void)co_await yield();
    } while (!peer.has_received());
  }
}

TEST(Cost, a_message_allocates_nothing) {
  auto fds = epoll::make_socket_pair(SOCK_STREAM).value();
  Peer peer(std::move(fds.first));
  auto runtime = Runtime::create().value();
  runtime->spawn(echo(TcpStream(epoll::TcpStream::adopt(std::move(fds.second)))));
  auto player = runtime->spawn(play(peer, 10));
  while (!player.done()) ASSERT_TRUE(runtime->turn());
  auto second = runtime->spawn(play(peer, 1'000));
  ASSERT_TRUE(runtime->turn());
  {
    const allocations::Watch watch;
    while (!second.done()) {
      if (!runtime->turn()) break;
    }
    EXPECT_EQ(watch.made(), 0U);
  }
  peer.close();
  ASSERT_TRUE(runtime->run());
}

Task<> operations_of_all_kinds(int rounds, Event& event, Semaphore& semaphore,
                               std::pair<Sender<int>, Receiver<int>>& ends) {
  for (int i = 0; i < rounds; ++i) {
    (void)co_await yield();
    (void)co_await sleep_for(std::chrono::microseconds(1));
    event.set();
    (void)co_await event.wait();
    const auto permit = co_await semaphore.acquire();
    (void)co_await ends.first.send(i);
    (void)co_await ends.second.receive();
  }
}
TEST(Cost, an_operation_allocates_nothing_whatever_it_waits_for) {
  auto runtime = Runtime::create().value();
  Event event;
  Semaphore semaphore(1);
  auto ends = channel<int>(1);
  event_loop::CallbackTimer makes_the_heap_grow([] {});
  runtime->loop().timers().set(makes_the_heap_grow, Clock::now() + 1h);
  runtime->loop().timers().cancel(makes_the_heap_grow);
  auto warm = runtime->spawn(operations_of_all_kinds(3, event, semaphore, ends));
  while (!warm.done()) ASSERT_TRUE(runtime->turn());
  auto measured = runtime->spawn(operations_of_all_kinds(50, event, semaphore, ends));
  ASSERT_TRUE(runtime->turn());
  {
    const allocations::Watch watch;
    while (!measured.done()) {
      if (!runtime->turn()) break;
    }
    EXPECT_EQ(watch.made(), 0U);
  }
}

Task<> read_into(TcpStream& stream, std::size_t& total) {
  std::array<std::byte, 16> buffer;
  while (auto count = co_await stream.read(buffer)) {
    if (*count == 0) break;
    total += *count;
  }
}
TEST(Cost, a_read_that_comes_up_short_is_not_followed_by_one_that_would_block) {
  auto fds = epoll::make_socket_pair(SOCK_STREAM).value();
  Peer peer(std::move(fds.first));
  TcpStream stream(epoll::TcpStream::adopt(std::move(fds.second)));
  auto runtime = Runtime::create().value();
  std::size_t total = 0;
  runtime->spawn(read_into(stream, total));
  sys::CallCounter calls;
  {
    const sys::ScopedObserver watching(calls);
    runtime->block_on(turns(2));
    EXPECT_EQ(calls.failed_of("recv"), 1U) << "the first one tries";
    for (std::size_t i = 1; i <= 5; ++i) {
      peer.send();
      runtime->block_on(turns(3));
      EXPECT_EQ(total, 10 * i);
    }
  }
  EXPECT_EQ(calls.of("recv"), 6U) << calls.summary();
  EXPECT_EQ(calls.failed_of("recv"), 1U) << calls.summary();
}

// A writer whose peer reads nothing meanwhile: what was taken, call by call.
Task<> write_all_of(TcpStream& stream, std::span<const std::byte> bytes) {
  EXPECT_TRUE(co_await stream.write_all(bytes));
}
Task<> write_in_pieces(TcpStream& stream, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    auto* const begin = const_cast<std::byte*>(bytes.data());
    const std::size_t half = bytes.size() / 2;
    const std::array<iovec, 2> pieces{iovec{begin, half}, iovec{begin + half, bytes.size() - half}};
    const auto count = co_await stream.write_vectored(pieces);
    EXPECT_TRUE(count);
    bytes = bytes.subspan(count.value_or(bytes.size()));
  }
}
using WriteWhole = Task<> (*)(TcpStream&, std::span<const std::byte>);
Task<> write_with_pauses(WriteWhole write, const char* name) {
  auto [a, b] = stream_pair();
  make_tiny(a);
  const auto bytes = pattern(100'000);
  sys::CallCounter calls;
  const sys::ScopedObserver watching(calls);
  auto writer = spawn(write(a, bytes));
  std::vector<std::byte> received(bytes.size());
  EXPECT_TRUE(co_await b.read_exactly(received));
  (void)co_await writer.join();
  EXPECT_GE(calls.of(name), 5U) << "it came up short again and again: " << calls.summary();
  EXPECT_LE(calls.failed_of(name), 1U) << calls.summary();
}
TEST(Cost, a_write_that_comes_up_short_is_not_followed_by_one_that_would_block) {
  block_on(write_with_pauses(write_all_of, "send"));
  block_on(write_with_pauses(write_in_pieces, "sendmsg"));
}

Task<> echo_with_limits(TcpStream stream) {
  std::array<std::byte, 4096> buffer;
  while (auto count = co_await timeout(1h, stream.read(buffer))) {
    if (*count == 0) break;
    const auto bytes = std::span(buffer).first(*count);
    const auto sent = co_await timeout(1h, stream.write_all(bytes));
    if (!sent) break;
  }
}
TEST(Cost, a_limit_on_each_read_and_write_allocates_nothing_and_makes_no_system_call) {
  auto fds = epoll::make_socket_pair(SOCK_STREAM).value();
  Peer peer(std::move(fds.first));
  auto runtime = Runtime::create().value();
  runtime->spawn(echo_with_limits(TcpStream(epoll::TcpStream::adopt(std::move(fds.second)))));
  auto player = runtime->spawn(play(peer, 10));
  while (!player.done()) ASSERT_TRUE(runtime->turn());
  auto second = runtime->spawn(play(peer, 1'000));
  ASSERT_TRUE(runtime->turn());
  sys::CallCounter calls;
  {
    const sys::ScopedObserver watching(calls);
    ASSERT_TRUE(runtime->turn());  // the counter itself allocates, once for each name
    ASSERT_TRUE(runtime->turn());
    ASSERT_TRUE(runtime->turn());
    const allocations::Watch watch;
    while (!second.done()) {
      if (!runtime->turn()) break;
    }
    EXPECT_EQ(watch.made(), 0U);
  }
  EXPECT_EQ(calls.total(), calls.of("epoll_wait") + calls.of("recv") + calls.of("send"))
      << calls.summary();
  EXPECT_EQ(runtime->loop().timers().size(), 1U) << "of the read that waits";
  peer.close();
  ASSERT_TRUE(runtime->run());
}

}  // namespace
}  // namespace async::testing
