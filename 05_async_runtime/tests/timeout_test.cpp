// Limits: of a task, and of a single operation, for which `timeout` makes an async::Timed.
#include "async/sync/timeout.hpp"
#include "testing.hpp"

namespace async::testing::timeout_test {

using Timed = LifetimeRig;

Task<sys::Result<int>> answer(int value) {
  co_return value;
}
std::size_t timers() {
  return Runtime::here().loop().timers().size();
}

using Timeout = WithRuntime;
using Race = WithRuntime;

ASYNC_TEST_F(Timeout, ends_with_timed_out_if_the_task_takes_too_long) {
  EXPECT_EQ((co_await timeout(1ms, pass(gate))).error(), std::errc::timed_out);
  EXPECT_EQ(Runtime::here().tasks(), 1U) << "the task that was too slow is over, too";
  EXPECT_EQ(timers(), 0U);
}

ASYNC_TEST_F(Timeout, gives_the_result_of_a_task_that_is_done_in_time) {
  EXPECT_EQ(co_await timeout(1h, answer(4)), 4);
  EXPECT_EQ(timers(), 0U) << "the alarm is off";
}

ASYNC_TEST_F(Timeout, gives_the_error_of_a_task_that_fails_in_time) {
  EXPECT_EQ((co_await timeout(1h, refuse())).error(), std::errc::permission_denied);
}

Task<sys::Result<int>> stubborn(Gate& gate) {
  (void)co_await std::move(gate);
  co_return 9;
}
ASYNC_TEST_F(Timeout, a_result_that_came_all_the_same_wins) {
  EXPECT_EQ(co_await timeout(1ms, stubborn(gate)), 9)
      << "it has a result in spite of the limit: nothing is lost";
}

Task<sys::Result<int>> throws_late(Gate& gate) {
  (void)co_await std::move(gate);
  throw std::runtime_error("late");
}
ASYNC_TEST_F(Timeout, throws_what_the_task_throws) {
  EXPECT_NE(co_await thrown_in(timeout(1ms, throws_late(gate))), "");
}

ASYNC_TEST_F(Timeout, cancelled_from_outside_it_ends_as_cancelled) {
  auto handle = co_await started(timeout(1h, pass(gate)));
  EXPECT_EQ((co_await cancelled(handle)).error(), std::errc::operation_canceled)
      << "not the limit's doing";
}

ASYNC_TEST_F(Timeout, limits_a_single_operation) {
  auto [a, b] = stream_pair();
  std::array<std::byte, 8> buffer;
  EXPECT_EQ((co_await timeout(1ms, a.read(buffer))).error(), std::errc::timed_out);
  EXPECT_TRUE(co_await b.write_all("hello"));
  EXPECT_EQ(co_await timeout(1h, a.read(buffer)), 5U)
      << "the read that was cancelled has taken no byte";
}

ASYNC_TEST_F(Timeout, limits_may_be_nested) {
  EXPECT_EQ((co_await timeout(1ms, timeout(1h, pass(gate)))).error(), std::errc::timed_out);
  EXPECT_EQ((co_await timeout(1h, timeout(1ms, pass(gate)))).error(), std::errc::timed_out);
}

ASYNC_TEST_F(Timeout, the_limit_may_be_zero_or_for_ever) {
  EXPECT_EQ((co_await timeout(0ms, pass(gate))).error(), std::errc::timed_out);
  EXPECT_EQ(co_await timeout(Duration::max(), answer(1)), 1);
}

ASYNC_TEST_F(Race, a_stop_request_ends_the_operation) {
  std::stop_source source;
  auto handle = co_await started(stop_when(source.get_token(), pass(gate)));
  EXPECT_FALSE(handle.done());
  source.request_stop();
  EXPECT_EQ((co_await handle.join()).error(), std::errc::operation_canceled);
}

ASYNC_TEST_F(Race, a_request_that_came_before_ends_it_too) {
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ((co_await stop_when(source.get_token(), pass(gate))).error(),
            std::errc::operation_canceled);
}

ASYNC_TEST_F(Race, without_a_request_the_operation_gives_its_result) {
  std::stop_source source;
  EXPECT_EQ(co_await stop_when(source.get_token(), answer(2)), 2);
  source.request_stop();  // no task is left to be told
}

ASYNC_TEST_F(Race, another_thread_may_request_the_stop) {
  for (int i = 0; i < 20; ++i) {
    std::stop_source source;
    const std::jthread other([&source] { source.request_stop(); });
    EXPECT_EQ((co_await stop_when(source.get_token(), pass(gate))).error(),
              std::errc::operation_canceled);
  }
}

ASYNC_TEST_F(Timeout, a_result_that_is_there_wins_over_a_limit_of_zero) {
  auto [a, b] = stream_pair();
  std::array<std::byte, 8> buffer;
  co_await send(b, "hello");
  EXPECT_EQ(co_await timeout(0ms, a.read(buffer)), 5U);
  co_await send(b, "hello");
  EXPECT_EQ(co_await timeout(0ms, read_once(a)), 5U);
  auto [sender, receiver] = channel<int>(1);
  EXPECT_TRUE(sender.try_send(1));
  EXPECT_EQ(co_await timeout(0ms, receiver.receive()), 1);
  EXPECT_TRUE(co_await timeout(0ms, sender.send(2)));
  auto over = co_await started(answer(3));
  EXPECT_EQ(co_await timeout(0ms, over.join()), 3);
  // Also behind so many tasks that the timers are looked at before its first turn.
  co_await send(b, "hello");
  for (int i = 0; i < 2'000; ++i) spawn(just(i));
  EXPECT_EQ(co_await timeout(0ms, read_once(a)), 5U);
}

// Computes until `deadline` is over: no turn, and so no timer, comes in between.
void compute_until(Clock::time_point deadline) {
  while (Clock::now() <= deadline) continue;
}
ASYNC_TEST_F(Timeout, a_result_that_is_there_wins_though_others_compute_for_longer_than_the_limit) {
  auto [sender, receiver] = channel<int>(1);
  EXPECT_TRUE(sender.try_send(1));
  auto receiving = spawn(timeout(1ms, receiver.receive()));
  auto busy = spawn(task_of([] { compute_until(Clock::now() + 20ms); }));
  const auto message = co_await receiving.join();
  (void)co_await busy.join();
  EXPECT_EQ(message, 1) << "it was there before the limit was over";
}

ASYNC_TEST_F(Timeout, limits_whatever_can_be_awaited) {
  EXPECT_EQ(co_await timeout(1h, just(5)), 5) << "a task that returns no Result";
  EXPECT_EQ((co_await timeout(1ms, end_of(gate))).error(), std::errc::timed_out)
      << "a task that returns nothing";
  Gate open;
  open.is_open = true;
  EXPECT_TRUE(co_await timeout(1h, end_of(open)));
  Event event;
  EXPECT_EQ((co_await timeout(1ms, event.wait())).error(), std::errc::timed_out);
  Semaphore none(0);
  EXPECT_EQ((co_await timeout(1ms, none.acquire())).error(), std::errc::timed_out);
  EXPECT_EQ((co_await timeout(1ms, sleep_for(1h))).error(), std::errc::timed_out);
  auto [sender, receiver] = channel<int>(1);
  EXPECT_TRUE(sender.try_send(1));
  EXPECT_EQ((co_await timeout(1ms, sender.send(2))).error(), std::errc::timed_out);
  EXPECT_EQ(receiver.try_receive(), 1);
  EXPECT_FALSE(receiver.try_receive()) << "what was given up was not sent";
}

ASYNC_TEST_F(Timeout, of_a_join_of_a_group_asks_its_tasks_to_stop) {
  TaskGroup group;
  group.spawn(end_of(gate));
  EXPECT_EQ((co_await timeout(1ms, group.join())).error(), std::errc::timed_out);
  EXPECT_TRUE(group.is_empty()) << "its tasks were asked to stop, and waited for";
}

ASYNC_TEST_F(Timed, a_read_that_takes_too_long_ends_and_has_read_nothing) {
  const auto begin = Clock::now();
  EXPECT_EQ((co_await timeout(2ms, a.read(buffer))).error(), std::errc::timed_out);
  EXPECT_GE(Clock::now() - begin, 2ms);
  EXPECT_EQ(timers(), 0U);
  co_await send(b, "kept");
  EXPECT_EQ(co_await timeout(1h, a.read(buffer)), 4U) << "no byte was lost";
  EXPECT_EQ(timers(), 0U) << "the alarm is off";
}

ASYNC_TEST_F(Timed, a_result_that_comes_in_the_turn_in_which_the_time_is_over_wins) {
  auto reader = co_await started(timeout(100ms, a.read(buffer)));
  EXPECT_EQ(timers(), 1U);
  co_await send(b, "last minute");
  compute_until(*Runtime::here().loop().timers().next());
  EXPECT_EQ(co_await reader.join(), 8U) << "the result wins";
}

ASYNC_TEST_F(Timed, a_cancellation_that_comes_after_the_alarm_changes_nothing) {
  auto reader = co_await started(timeout(100ms, a.read(buffer)));
  compute_until(*Runtime::here().loop().timers().next());
  co_await turns(1);  // the alarm has gone off; the reader comes behind us
  EXPECT_EQ(timers(), 0U);
  EXPECT_EQ((co_await cancelled(reader)).error(), std::errc::timed_out);
  EXPECT_EQ(Runtime::here().counters().woken_for_nothing, 0U);
}

ASYNC_TEST_F(Timed, a_close_that_comes_after_the_alarm_is_what_the_reader_gets) {
  auto reader = co_await started(timeout(100ms, a.read(buffer)));
  compute_until(*Runtime::here().loop().timers().next());
  co_await turns(1);
  a.close();
  EXPECT_EQ((co_await reader.join()).error(), std::errc::bad_file_descriptor);
}

ASYNC_TEST_F(Timed, sets_no_timer_if_it_need_not_wait) {
  co_await send(b, "here");
  auto operation = timeout(1h, a.read(buffer));
  EXPECT_EQ(co_await std::move(operation), 4U);
  EXPECT_EQ(timers(), 0U) << "the operation lives, and its alarm with it, were it set";
}

ASYNC_TEST_F(Timed, woken_for_nothing_it_has_no_more_time_than_before) {
  auto reader = co_await started(timeout(1h, a.read(buffer)));
  const auto deadline = Runtime::here().loop().timers().next();
  co_await send(b, "gone");
  co_await turns(1);  // the event is told; the reader comes behind us
  EXPECT_EQ(a.socket()->read(buffer), 4U) << "nothing is left for the reader";
  co_await turns(3);
  EXPECT_FALSE(reader.done());
  EXPECT_EQ(Runtime::here().counters().woken_for_nothing, 1U);
  EXPECT_EQ(Runtime::here().loop().timers().next(), deadline);
  EXPECT_EQ(timers(), 1U);
  co_await send(b, "here");
  EXPECT_EQ(co_await reader.join(), 4U);
}

ASYNC_TEST_F(Timed, cancelled_from_outside_it_ends_as_cancelled) {
  auto reader = co_await started(timeout(1h, a.read(buffer)));
  EXPECT_EQ((co_await cancelled(reader)).error(), std::errc::operation_canceled);
  EXPECT_EQ(timers(), 0U);
}

ASYNC_TEST_F(Timed, the_limit_may_be_zero_negative_or_for_ever) {
  for (const Duration none : {Duration(0), Duration::min()}) {
    EXPECT_EQ((co_await timeout(none, a.read(buffer))).error(), std::errc::timed_out);
    co_await send(b, "x");
    EXPECT_EQ(co_await timeout(none, a.read(buffer)), 1U) << "what needs no time needs no limit";
  }
  auto reader = co_await started(timeout(Duration::max(), a.read(buffer)));
  EXPECT_FALSE(reader.done()) << "for ever is no time in the past";
  co_await send(b, "xy");
  EXPECT_EQ(co_await reader.join(), 2U);
}

ASYNC_TEST_F(Timed, limits_a_write) {
  make_tiny(a);
  fill(a);
  const auto bytes = pattern(100'000);
  EXPECT_EQ((co_await timeout(1ms, a.write(bytes))).error(), std::errc::timed_out);
  EXPECT_EQ((co_await timeout(1ms, a.write_all(bytes))).error(), std::errc::timed_out);
  EXPECT_EQ(timers(), 0U);
}

ASYNC_TEST_F(Timed, limits_an_accept_and_loses_no_client) {
  auto listener = listen();
  EXPECT_EQ((co_await timeout(1ms, listener.accept())).error(), std::errc::timed_out);
  auto connecting = spawn(TcpStream::connect(*listener.local_address()));
  EXPECT_TRUE(co_await timeout(1h, listener.accept()));
  EXPECT_TRUE(co_await connecting.join());
}

ASYNC_TEST_F(Timed, a_reader_and_a_writer_of_one_stream_have_a_limit_each) {
  fill(a);
  auto reader = spawn(timeout(1h, a.read(buffer)));
  auto writer = spawn(timeout(1ms, a.write(buffer)));
  EXPECT_EQ((co_await writer.join()).error(), std::errc::timed_out);
  EXPECT_FALSE(reader.done()) << "each has a limit of its own";
  EXPECT_EQ(timers(), 1U);
  co_await send(b, "x");
  EXPECT_EQ(co_await reader.join(), 1U);
}

TEST_F(Timed, one_that_is_destroyed_after_its_alarm_has_gone_off_is_never_resumed) {
  auto reader = started(*runtime, timeout(100ms, a.read(buffer)));
  compute_until(*runtime->loop().timers().next());
  while (!runtime->has_ready_task()) ASSERT_TRUE(runtime->loop().run_once(std::nullopt));
  runtime.reset();
  EXPECT_EQ(block_on(reader.join()).error(), std::errc::operation_canceled) << "not timed_out";
}

TEST_F(Timed, one_that_is_destroyed_while_it_waits_takes_its_timer_along) {
  (void)started(*runtime, timeout(1ms, a.read(buffer)));
  runtime.reset();
  EXPECT_EQ(block_on(timeout(1ms, a.read(buffer))).error(), std::errc::timed_out)
      << "and the socket is as good as new";
}

}  // namespace async::testing::timeout_test
