#include "async/sync/sync.hpp"

#include "testing.hpp"

namespace async::testing {
namespace {

Task<> wait_and_note(Event& event, std::string& log, char name) {
  const auto waited = co_await event.wait();
  log += waited ? name : '-';
}

ASYNC_TEST(Event, lets_all_tasks_go_on_when_it_is_set_and_those_that_come_later) {
  Event event;
  std::string log;
  spawn(wait_and_note(event, log, 'a'));
  spawn(wait_and_note(event, log, 'b'));
  co_await turns(3);
  EXPECT_EQ(log, "");
  event.set();
  co_await turns(1);
  EXPECT_EQ(log, "ab") << "all that wait go on, in order";
  EXPECT_TRUE(event.is_set());
  EXPECT_TRUE(co_await event.wait());
}

ASYNC_TEST(Event, set_and_reset_in_one_turn_lets_the_tasks_go_on_that_waited) {
  Event event;
  std::string log;
  spawn(wait_and_note(event, log, 'a'));
  co_await turns(1);
  event.set();
  event.reset();
  auto late = co_await started(wait_and_note(event, log, 'b'), 3);
  EXPECT_EQ(log, "a") << "it was set while this one waited";
  EXPECT_FALSE(event.is_set());
  (void)co_await cancelled(late);
  EXPECT_EQ(log, "a-");
}

using Permits = std::vector<Semaphore::Permit>;
Task<> acquire_and_note(Semaphore& semaphore, Permits& permits, std::string& log, char name) {
  auto permit = co_await semaphore.acquire();
  if (permit) permits.push_back(std::move(*permit));
  log += permit ? name : '-';
}

ASYNC_TEST(Semaphore, gives_so_many_permits_and_the_next_when_one_comes_back) {
  Semaphore semaphore(2);
  Permits permits;
  std::string log;
  for (const char name : {'a', 'b', 'c'}) spawn(acquire_and_note(semaphore, permits, log, name));
  co_await turns(2);
  EXPECT_EQ(log, "ab");
  EXPECT_EQ(semaphore.free(), 0U);
  permits.pop_back();
  co_await turns(1);
  EXPECT_EQ(log, "abc");
  permits.clear();
  EXPECT_EQ(semaphore.free(), 2U);
}

ASYNC_TEST(Semaphore, a_permit_that_is_assigned_to_gives_back_what_it_was) {
  Semaphore first(1);
  Semaphore second(1);
  auto permit = co_await first.acquire();
  auto other = co_await second.acquire();
  *permit = std::move(*other);
  EXPECT_EQ(first.free(), 1U);
  EXPECT_EQ(second.free(), 0U);
}

ASYNC_TEST(Semaphore, is_given_in_the_order_in_which_it_was_asked_for) {
  Semaphore semaphore(1);
  Permits permits;
  std::string log;
  spawn(acquire_and_note(semaphore, permits, log, 'a'));
  co_await turns(1);
  spawn(acquire_and_note(semaphore, permits, log, 'b'));
  co_await turns(1);
  permits.clear();
  // The permit is on its way to b, which has not had a turn yet.
  EXPECT_EQ(semaphore.free(), 0U);
  spawn(acquire_and_note(semaphore, permits, log, 'c'));
  co_await turns(3);
  EXPECT_EQ(log, "ab");
  permits.clear();
  co_await turns(1);
  EXPECT_EQ(log, "abc");
}

ASYNC_TEST(Semaphore, a_task_that_is_cancelled_leaves_the_line) {
  Semaphore semaphore(1);
  Permits permits;
  std::string log;
  spawn(acquire_and_note(semaphore, permits, log, 'a'));
  co_await turns(1);
  auto second = spawn(acquire_and_note(semaphore, permits, log, 'b'));
  spawn(acquire_and_note(semaphore, permits, log, 'c'));
  co_await turns(1);
  second.cancel();
  co_await turns(1);
  EXPECT_EQ(log, "a-");
  permits.clear();
  co_await turns(1);
  EXPECT_EQ(log, "a-c") << "the line goes on without it";
}

ASYNC_TEST(Semaphore, a_task_that_is_cancelled_after_it_was_given_a_permit_keeps_it) {
  Semaphore semaphore(1);
  Permits permits;
  std::string log;
  spawn(acquire_and_note(semaphore, permits, log, 'a'));
  co_await turns(1);
  auto second = co_await started(acquire_and_note(semaphore, permits, log, 'b'), 1);
  permits.clear();
  second.cancel();
  co_await turns(1);
  EXPECT_EQ(log, "ab") << "it has one: the result wins";
  permits.clear();
  EXPECT_EQ(semaphore.free(), 1U);
}

TEST(Semaphore, a_permit_on_its_way_to_a_task_that_is_destroyed_comes_back) {
  Semaphore semaphore(1);
  Permits permits;
  std::string log;
  {
    auto runtime = Runtime::create().value();
    runtime->spawn(acquire_and_note(semaphore, permits, log, 'a'));
    runtime->spawn(acquire_and_note(semaphore, permits, log, 'b'));
    runtime->block_on(turns(2));
    permits.clear();
    EXPECT_EQ(semaphore.free(), 0U);
  }
  EXPECT_EQ(semaphore.free(), 1U);
}

Task<> critical(Mutex& mutex, std::string& log, char name) {
  const auto lock = co_await mutex.lock();
  log += name;
  co_await turns(2);
  log += name;
}
ASYNC_TEST(Mutex, keeps_others_out_across_a_co_await) {
  Mutex mutex;
  std::string log;
  (void)co_await when_all(critical(mutex, log, 'a'), critical(mutex, log, 'b'));
  EXPECT_EQ(log, "aabb");
}

Task<> throw_with_lock(Mutex& mutex) {
  const auto lock = co_await mutex.lock();
  throw std::runtime_error("inside");
}
ASYNC_TEST(Mutex, is_free_again_after_an_exception) {
  Mutex mutex;
  bool caught = false;
  try {
    co_await throw_with_lock(mutex);
  } catch (const std::runtime_error&) {
    caught = true;
  }
  EXPECT_TRUE(caught);
  EXPECT_TRUE(co_await timeout(30s, mutex.acquire()));
}

ASYNC_TEST(Mutex, a_task_that_is_asked_to_stop_still_gets_its_lock_in_its_turn) {
  Mutex mutex;
  std::string log;
  auto first = spawn(critical(mutex, log, 'a'));
  auto second = spawn(critical(mutex, log, 'b'));
  auto third = co_await started(critical(mutex, log, 'c'), 1);
  second.cancel();
  co_await turns(1);
  (void)co_await first.join();
  (void)co_await second.join();
  (void)co_await third.join();
  // b's own waits end at once, and it keeps its place in the line.
  EXPECT_EQ(log, "aabbcc");
}

ASYNC_TEST(Mutex, an_acquire_can_be_limited) {
  Mutex mutex;
  {
    const auto lock = co_await mutex.lock();
    EXPECT_EQ((co_await timeout(1ms, mutex.acquire())).error(), std::errc::timed_out);
  }
  EXPECT_TRUE(co_await timeout(0ms, mutex.acquire()))
      << "it is free: no limit is too short for that";
}

}  // namespace
}  // namespace async::testing
