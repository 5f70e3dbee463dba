// What an echoed message costs: system calls, counted by name, allocations, and readings of the
// clock.
#include <ctime>
#include <numeric>

#include "allocations.hpp"
#include "echo_rig.hpp"
#include "http_rig.hpp"
#include "support/live.hpp"
#include "support/site.hpp"
#include "support/trace.hpp"

namespace async::testing::cost_test {

constinit thread_local std::size_t clock_readings = 0;

}  // namespace async::testing::cost_test

// Takes the place of the C++ library's function, in the whole program.
std::chrono::steady_clock::time_point std::chrono::steady_clock::now() noexcept {
  ++async::testing::cost_test::clock_readings;
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

namespace async::testing::cost_test {

constexpr std::size_t kEchoes = 1'000;

// The calls of this thread are counted.
class Cost : public WithRuntime {
 protected:
  // Another stream, by hand: raw calls that no observer sees.
  static bool peer_has_received(int fd) {
    std::array<char, 64> bytes{};
    return ::recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT) == 10;
  }
  void peer_sends() const { EXPECT_EQ(::send(peer.get(), "0123456789", 10, MSG_NOSIGNAL), 10); }
  Task<> play(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      peer_sends();
      do {
        (void)co_await yield();
      } while (!peer_has_received(peer.get()));
    }
  }
  // Runs `first`, so that everything is made that is needed; then `second`, which may take no memory.
  void expect_no_allocation(Task<> first, Task<> second) {
    auto warm = runtime->spawn(std::move(first));
    while (!warm.done()) ASSERT_TRUE(runtime->turn());
    auto measured = runtime->spawn(std::move(second));
    calls.reset();
    // The counter itself allocates, once for each name.
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(runtime->turn());
    const allocations::Watch watch;
    while (!measured.done()) {
      if (!runtime->turn()) break;
    }
    EXPECT_EQ(watch.made(), 0U);
  }

  std::pair<epoll::UniqueFd, epoll::UniqueFd> fds = epoll::make_socket_pair(SOCK_STREAM).value();
  epoll::UniqueFd& peer = fds.first;
  TcpStream stream{epoll::TcpStream::adopt(std::move(fds.second))};
  WatchingCounter calls;
};

TEST_F(Cost, an_echoed_message_is_one_read_one_write_and_its_share_of_one_wait) {
  serve_clients(*runtime, 1, [](const auto& server, int) { converse(server, kEchoes); });
  const std::string all = calls.summary() + "; " + examples::summary(*runtime);
  EXPECT_EQ(calls.of("send"), kEchoes) << all;
  // One more when the connection is new and nothing has come yet, one more for its end.
  EXPECT_LE(calls.of("recv"), kEchoes + 2) << all;
  EXPECT_LE(calls.failed_of("recv"), 1U) << all;
  // Some more for the client's coming and going, and for the end of the server.
  EXPECT_LE(calls.of("epoll_wait"), kEchoes + 10) << all;
  // The listener and the stream are put in, once, and taken out.
  EXPECT_EQ(calls.of("epoll_ctl"), 4U) << all;
  EXPECT_LE(calls.total(), 3 * kEchoes + 40) << all;
  EXPECT_EQ(runtime->counters().woken_for_nothing, 0U) << all;
}

TEST_F(Cost, of_ten_clients_none_is_woken_for_nothing) {
  serve_clients(*runtime, 10, [](const auto& server, int) { converse(server, 100); });
  const std::string all = calls.summary() + "; " + examples::summary(*runtime);
  EXPECT_EQ(calls.of("send"), 1'000U) << all;
  EXPECT_LE(calls.of("recv"), 1'000U + 20) << all;
  EXPECT_LE(calls.of("epoll_wait"), 1'000U + 40) << all << ": they share their waits";
  EXPECT_EQ(runtime->counters().woken_for_nothing, 0U) << all;
}

TEST_F(Cost, a_message_allocates_nothing) {
  runtime->spawn(echo(std::move(stream)));
  expect_no_allocation(play(10), play(1'000));
}

TEST_F(Cost, a_call_allocates_the_frame_and_a_spawn_the_task) {
  runtime->block_on(turns(3));  // makes everything that is needed
  const allocations::Watch watch;
  Task<> frame = turns(3);
  EXPECT_EQ(watch.made(), 1U);
  const auto task = runtime->spawn(std::move(frame));
  EXPECT_EQ(watch.made(), 2U);
  while (!task.done()) ASSERT_TRUE(runtime->turn());
  EXPECT_EQ(watch.made(), 2U);
}

TEST_F(Cost, a_turn_reads_the_clock_once_and_once_more_while_turns_are_measured) {
  runtime->spawn(echo(std::move(stream)));
  TurnTimes times;
  const auto take_turns = [&](std::uint64_t rounds) {
    for (std::uint64_t i = 0; i < rounds; ++i) {
      peer_sends();
      ASSERT_TRUE(runtime->turn());
      EXPECT_TRUE(peer_has_received(peer.get()));
    }
  };
  take_turns(3);  // which make everything that is needed
  for (const bool measured : {false, true, false}) {
    runtime->measure_turns(measured ? &times : nullptr);
    times = {};
    calls.reset();
    take_turns(1);  // the counter itself allocates, once for each name
    clock_readings = 0;
    const allocations::Watch watch;
    take_turns(100);
    EXPECT_EQ(watch.made(), 0U);
    EXPECT_EQ(clock_readings, measured ? 200U : 100U);
    EXPECT_EQ(calls.total(), 3 * 101U) << calls.summary();
    EXPECT_EQ(std::accumulate(times.counts.begin(), times.counts.end(), std::uint64_t{0}),
              measured ? 101U : 0U);
  }
}

TEST(TurnTimes, are_counted_by_powers_of_two_up_to_their_limit) {
  TurnTimes times;
  for (const Duration turn : {Duration(0), Duration(1us), Duration(1us + 1ns), Duration(2us),
                              Duration(2us + 1ns), Duration(1'048'576us), Duration(1h)})
    times.add(turn);
  EXPECT_EQ(times.counts[0], 2U);
  EXPECT_EQ(times.counts[1], 2U);
  EXPECT_EQ(times.counts[2], 1U);
  EXPECT_EQ(times.counts[20], 1U);
  EXPECT_EQ(times.counts[21], 1U);
  EXPECT_EQ(times.sum, Duration(1h + 1'048'582us + 2ns));
}

TEST(LiveCalls, are_counted_from_look_to_look_and_no_longer_once_there_were_enough) {
  sys::CallCounter outer;  // has the calls that are not counted
  const sys::ScopedObserver watching(outer);
  examples::LiveCalls calls;
  const auto make = [](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) (void)sys::call<::close>(-1);
  };
  const auto closed = [](const examples::LiveCalls::Counts& counts) {
    const auto found = counts.by_name.find("close");
    return found == counts.by_name.end() ? std::pair(std::size_t{0}, std::size_t{0})
                                         : std::pair(found->second.made, found->second.failed);
  };
  constexpr std::size_t kMost = examples::LiveCalls::kMost;
  const auto now = Clock::now();
  make(1);
  EXPECT_EQ(calls.look(now - 2s).span, Duration(0)) << "no page was open";
  make(3);
  for (const auto at : {now - 1s, now - 600ms}) {  // two pages are open
    EXPECT_EQ(calls.look(at).span, Duration(1s));
    EXPECT_EQ(closed(calls.look(at)), std::pair(std::size_t{3}, std::size_t{3}));
  }
  (void)calls.look(now);
  EXPECT_EQ(outer.total(), 1U);
  const allocations::Watch watch;
  make(kMost);
  EXPECT_EQ(watch.made(), 0U);
  make(5);
  EXPECT_EQ(outer.total(), 6U);
  EXPECT_EQ(closed(calls.look(now + 1s)), std::pair(kMost, kMost));
  EXPECT_LE(calls.look(now + 1s).span, Clock::now() - now);
  make(3);
  EXPECT_EQ(calls.look(now + 1h).span, Duration(0)) << "no page was open for long";
  calls.stop();
  make(1);
  EXPECT_EQ(outer.total(), 7U);
}

TEST(Live, observes_no_system_calls_while_no_page_is_open) {
  examples::Site site;
  std::optional<examples::Live> live;
  std::vector<examples::Live*> all;
  HttpService service([&](Exchange& exchange) -> Task<> {
    if (!live) live.emplace(Runtime::here(), service);
    all = {&*live};
    if (exchange.request().path() != "/end") return examples::Live::answer(exchange, all);
    live.reset();  // before the runtime
    return site.answer(exchange);
  });
  WatchingCounter calls;  // would miss the calls that another observer has
  const std::vector<std::string> paths = {"/live", "/metrics", "/live", "/end"};
  serve_here(service, [&paths](const auto& address) {
    for (const auto& path : paths)
      EXPECT_NE(Client(address).send(get(path, "Connection: close\r\n")).read_all(), "") << path;
  });
  EXPECT_EQ(calls.of("send"), paths.size()) << calls.summary();
}

// Frames are larger when they are not optimised.
#ifdef __OPTIMIZE__
constexpr std::size_t kIdleBytes = 900;
#else
constexpr std::size_t kIdleBytes = 1'600;
#endif
TEST_F(Cost, a_connection_that_waits_is_a_task_and_a_frame_and_no_buffer) {
  constexpr std::size_t kConnections = 100;
  std::vector<epoll::TcpStream> peers, sockets;
  for (std::size_t i = 0; i < kConnections; ++i) {
    auto [one, other] = epoll::make_socket_pair(SOCK_STREAM).value();
    peers.push_back(epoll::TcpStream::adopt(std::move(one)));
    sockets.push_back(epoll::TcpStream::adopt(std::move(other)));
  }
  const allocations::Watch watch;
  for (epoll::TcpStream& socket : sockets) runtime->spawn(echo(TcpStream(std::move(socket))));
  for (epoll::TcpStream& client : peers) EXPECT_EQ(client.write(pattern(10)), 10U);
  runtime->block_on(turns(3));
  const std::size_t held = watch.held_bytes() - async::Lease::kSize;  // lent to each in turn
  EXPECT_LE(held / kConnections, kIdleBytes);
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
TEST_F(Cost, an_operation_allocates_nothing_whatever_it_waits_for) {
  Event event;
  Semaphore semaphore(1);
  auto ends = channel<int>(1);
  event_loop::CallbackTimer makes_the_heap_grow([] {});
  runtime->loop().timers().set(makes_the_heap_grow, Clock::now() + 1h);
  runtime->loop().timers().cancel(makes_the_heap_grow);
  expect_no_allocation(operations_of_all_kinds(3, event, semaphore, ends),
                       operations_of_all_kinds(50, event, semaphore, ends));
}

Task<> read_into(TcpStream& stream, std::size_t& total) {
  std::array<std::byte, 16> buffer;
  while (const auto count = co_await stream.read(buffer)) total += *count;
}
TEST_F(Cost, a_read_that_comes_up_short_is_not_followed_by_one_that_would_block) {
  std::size_t total = 0;
  (void)started(*runtime, read_into(stream, total));
  EXPECT_EQ(calls.failed_of("recv"), 1U) << "the first one tries";
  for (std::size_t i = 1; i <= 5; ++i) {
    peer_sends();
    runtime->block_on(turns(3));
    EXPECT_EQ(total, 10 * i);
  }
  EXPECT_EQ(calls.of("recv"), 6U) << calls.summary();
  EXPECT_EQ(calls.failed_of("recv"), 1U) << calls.summary();
}

// A writer whose peer reads nothing meanwhile: what was taken, call by call.
Task<> write_whole(TcpStream& stream, std::span<const std::byte> bytes) {
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
ASYNC_TEST_F(Cost, a_write_that_comes_up_short_is_not_followed_by_one_that_would_block) {
  for (const auto& [write, name] :
       {std::pair(&write_whole, "send"), std::pair(&write_in_pieces, "sendmsg")}) {
    auto [a, b] = stream_pair();
    make_tiny(a);
    const auto bytes = pattern(100'000);
    auto writer = spawn(write(a, bytes));
    std::vector<std::byte> received(bytes.size());
    EXPECT_TRUE(co_await b.read_exactly(received));
    (void)co_await writer.join();
    EXPECT_GE(calls.of(name), 5U) << "it came up short again and again: " << calls.summary();
    EXPECT_LE(calls.failed_of(name), 1U) << calls.summary();
  }
}

Task<> echo_with_limits(TcpStream stream) {
  std::array<std::byte, 4096> buffer;
  while (auto count = co_await timeout(1h, stream.read(buffer))) {
    const auto bytes = std::span(buffer).first(*count);
    const auto sent = co_await timeout(1h, stream.write_all(bytes));
    if (!sent) break;
  }
}
TEST_F(Cost, a_limit_on_each_read_and_write_allocates_nothing_and_makes_no_system_call) {
  runtime->spawn(echo_with_limits(std::move(stream)));
  expect_no_allocation(play(10), play(1'000));
  EXPECT_EQ(calls.total(), calls.of("epoll_wait") + calls.of("recv") + calls.of("send"))
      << calls.summary();
  EXPECT_EQ(runtime->loop().timers().size(), 1U) << "of the read that waits";
}

}  // namespace async::testing::cost_test
