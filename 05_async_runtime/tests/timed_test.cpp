// A limit on a single operation: async::Timed, what `timeout` makes of a read or a write.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "async/sync/timeout.hpp"
#include "testing.hpp"

namespace {

using async::Clock;
using async::Task;
using async::TcpListener;
using async::TcpStream;
using async::testing::bytes_of;
using async::testing::error_of;
using async::testing::fill;
using async::testing::make_tiny;
using async::testing::pattern;
using async::testing::stream_pair;
using async::testing::turns;
using namespace std::chrono_literals;

std::size_t timers() {
  return async::Runtime::here().loop().timers().size();
}
Task<> send(TcpStream& stream, std::string_view text) {
  const auto written = co_await stream.write_all(text);
  EXPECT_TRUE(written);
}
Task<> read(TcpStream& stream, async::Duration limit, sys::Result<std::size_t>& result) {
  std::array<std::byte, 8> buffer;
  result = co_await async::timeout(limit, stream.read(buffer));
}
// Computes until `deadline` is over: no turn, and so no timer, comes in between.
void compute_until(Clock::time_point deadline) {
  while (Clock::now() <= deadline) continue;
}

Task<> too_late() {
  auto [a, b] = stream_pair();
  const auto begin = Clock::now();
  sys::Result<std::size_t> result;
  co_await read(a, 2ms, result);
  EXPECT_EQ(result.error(), std::errc::timed_out);
  EXPECT_GE(Clock::now() - begin, 2ms);
  EXPECT_EQ(timers(), 0U);
  co_await send(b, "kept");
  co_await read(a, 1h, result);
  EXPECT_EQ(result, 4U) << "no byte was lost";
  EXPECT_EQ(timers(), 0U) << "the alarm is off";
}
TEST(Timed, a_read_that_takes_too_long_ends_and_has_read_nothing) {
  async::block_on(too_late());
}

Task<> ready_in_the_turn_of_the_alarm() {
  auto [a, b] = stream_pair();
  sys::Result<std::size_t> result;
  auto reader = async::spawn(read(a, 100ms, result));
  co_await turns(2);
  EXPECT_EQ(timers(), 1U);
  co_await send(b, "last minute");
  compute_until(*async::Runtime::here().loop().timers().next());
  (void)co_await reader.join();
  EXPECT_EQ(result, 8U) << "the result wins";
}
TEST(Timed, a_result_that_comes_in_the_turn_in_which_the_time_is_over_wins) {
  async::block_on(ready_in_the_turn_of_the_alarm());
}

Task<> cancelled_in_the_turn_of_the_alarm() {
  auto [a, b] = stream_pair();
  sys::Result<std::size_t> result;
  auto reader = async::spawn(read(a, 100ms, result));
  co_await turns(2);
  compute_until(*async::Runtime::here().loop().timers().next());
  co_await turns(1);  // the alarm has gone off; the reader comes behind us
  EXPECT_EQ(timers(), 0U);
  reader.cancel();
  (void)co_await reader.join();
  EXPECT_EQ(result.error(), std::errc::timed_out);
  EXPECT_EQ(async::Runtime::here().counters().woken_for_nothing, 0U);
}
TEST(Timed, a_cancellation_that_comes_behind_the_alarm_changes_nothing) {
  async::block_on(cancelled_in_the_turn_of_the_alarm());
}

Task<> closed_in_the_turn_of_the_alarm() {
  auto [a, b] = stream_pair();
  sys::Result<std::size_t> result;
  auto reader = async::spawn(read(a, 100ms, result));
  co_await turns(2);
  compute_until(*async::Runtime::here().loop().timers().next());
  co_await turns(1);
  a.close();
  (void)co_await reader.join();
  EXPECT_EQ(result.error(), std::errc::bad_file_descriptor);
}
TEST(Timed, a_close_that_comes_behind_the_alarm_is_what_the_reader_is_told) {
  async::block_on(closed_in_the_turn_of_the_alarm());
}

Task<> no_wait() {
  auto [a, b] = stream_pair();
  co_await send(b, "here");
  std::array<std::byte, 8> buffer;
  auto operation = async::timeout(1h, a.read(buffer));
  const auto count = co_await std::move(operation);
  EXPECT_EQ(count, 4U);
  EXPECT_EQ(timers(), 0U) << "the operation lives, and its alarm with it, were it set";
}
TEST(Timed, sets_no_timer_if_it_need_not_wait) {
  async::block_on(no_wait());
}

Task<> promised_too_much() {
  auto [a, b] = stream_pair();
  sys::Result<std::size_t> result;
  auto reader = async::spawn(read(a, 1h, result));
  co_await turns(2);
  const auto deadline = async::Runtime::here().loop().timers().next();
  co_await send(b, "gone");
  co_await turns(1);  // the event is told; the reader comes behind us
  std::array<std::byte, 8> buffer;
  EXPECT_EQ(a.socket()->read(buffer), 4U) << "nothing is left for the reader";
  co_await turns(3);
  EXPECT_FALSE(reader.done());
  EXPECT_EQ(async::Runtime::here().counters().woken_for_nothing, 1U);
  EXPECT_EQ(async::Runtime::here().loop().timers().next(), deadline);
  EXPECT_EQ(timers(), 1U);
  co_await send(b, "here");
  (void)co_await reader.join();
  EXPECT_EQ(result, 4U);
}
TEST(Timed, woken_for_nothing_it_has_no_more_time_than_before) {
  async::block_on(promised_too_much());
}

Task<> cancelled() {
  auto [a, b] = stream_pair();
  sys::Result<std::size_t> result;
  auto reader = async::spawn(read(a, 1h, result));
  co_await turns(2);
  reader.cancel();
  (void)co_await reader.join();
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
  EXPECT_EQ(timers(), 0U);
}
TEST(Timed, cancelled_from_outside_it_ends_as_cancelled) {
  async::block_on(cancelled());
}

Task<> extremes() {
  auto [a, b] = stream_pair();
  sys::Result<std::size_t> result;
  for (const async::Duration none : {async::Duration(0), async::Duration::min()}) {
    co_await read(a, none, result);
    EXPECT_EQ(result.error(), std::errc::timed_out);
    co_await send(b, "x");
    co_await read(a, none, result);
    EXPECT_EQ(result, 1U) << "what needs no time needs no limit";
  }
  auto reader = async::spawn(read(a, async::Duration::max(), result));
  co_await turns(2);
  EXPECT_FALSE(reader.done()) << "for ever is no time in the past";
  co_await send(b, "xy");
  (void)co_await reader.join();
  EXPECT_EQ(result, 2U);
}
TEST(Timed, the_limit_may_be_nothing_less_or_for_ever) {
  async::block_on(extremes());
}

Task<> write_limit() {
  auto [a, b] = stream_pair();
  make_tiny(a);
  fill(a);
  const auto bytes = pattern(100'000);
  const auto nothing = co_await async::timeout(1ms, a.write(bytes));
  EXPECT_EQ(nothing.error(), std::errc::timed_out);
  const auto a_part = co_await async::timeout(1ms, a.write_all(bytes));
  EXPECT_EQ(a_part.error(), std::errc::timed_out);
  EXPECT_EQ(timers(), 0U);
}
TEST(Timed, limits_a_write) {
  async::block_on(write_limit());
}

Task<> accept_limit() {
  auto listener = TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
  const auto nobody = co_await async::timeout(1ms, listener.accept());
  EXPECT_EQ(nobody.error(), std::errc::timed_out);
  auto connecting = async::spawn(TcpStream::connect(*listener.local_address()));
  const auto somebody = co_await async::timeout(1h, listener.accept());
  EXPECT_TRUE(somebody);
  const auto connected = co_await connecting.join();
  EXPECT_TRUE(connected);
}
TEST(Timed, limits_an_accept_and_loses_no_client) {
  async::block_on(accept_limit());
}

Task<> write_in_time(TcpStream& stream, sys::Result<std::size_t>& result) {
  const std::array<std::byte, 1> byte{};
  result = co_await async::timeout(1ms, stream.write(byte));
}
Task<> both_directions() {
  auto [a, b] = stream_pair();
  fill(a);
  sys::Result<std::size_t> of_reader, of_writer;
  auto reader = async::spawn(read(a, 1h, of_reader));
  auto writer = async::spawn(write_in_time(a, of_writer));
  (void)co_await writer.join();
  EXPECT_EQ(of_writer.error(), std::errc::timed_out);
  EXPECT_FALSE(reader.done()) << "each has a limit of its own";
  EXPECT_EQ(timers(), 1U);
  co_await send(b, "x");
  (void)co_await reader.join();
  EXPECT_EQ(of_reader, 1U);
}
TEST(Timed, a_reader_and_a_writer_of_one_stream_have_a_limit_each) {
  async::block_on(both_directions());
}

TEST(Timed, one_that_is_destroyed_after_its_alarm_has_gone_off_is_never_resumed) {
  auto [a, b] = stream_pair();
  sys::Result<std::size_t> result = 99;
  {
    auto runtime = async::Runtime::create().value();
    runtime->spawn(read(a, 100ms, result));
    runtime->block_on(turns(2));
    compute_until(*runtime->loop().timers().next());
    while (!runtime->has_ready_task()) ASSERT_TRUE(runtime->loop().run_once(std::nullopt));
  }
  EXPECT_EQ(result, 99U);
}

TEST(Timed, one_that_is_destroyed_while_it_waits_takes_its_timer_along) {
  auto [a, b] = stream_pair();
  sys::Result<std::size_t> result = 99;
  auto runtime = async::Runtime::create().value();
  auto other = async::Runtime::create().value();
  runtime->spawn(read(a, 1ms, result));
  runtime->block_on(turns(2));
  runtime.reset();
  other->block_on(read(a, 1ms, result));
  EXPECT_EQ(result.error(), std::errc::timed_out) << "and the socket is as good as new";
}

}  // namespace
