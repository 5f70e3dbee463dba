#include "async/sync/sync.hpp"

#include <gtest/gtest.h>

#include <string>

#include "testing.hpp"

namespace {

using async::Task;
using async::testing::turns;
using namespace std::chrono_literals;

Task<> wait_and_note(async::Event& event, std::string& log, char name) {
  const auto waited = co_await event.wait();
  log += waited ? name : '-';
}

Task<> set_an_event() {
  async::Event event;
  std::string log;
  async::spawn(wait_and_note(event, log, 'a'));
  async::spawn(wait_and_note(event, log, 'b'));
  co_await turns(3);
  EXPECT_EQ(log, "");
  event.set();
  co_await turns(1);
  EXPECT_EQ(log, "ab") << "all who wait go on, in order";
  EXPECT_TRUE(event.is_set());
  const auto at_once = co_await event.wait();
  EXPECT_TRUE(at_once);
}
TEST(Event, lets_all_go_on_when_it_is_set_and_all_who_come_later) {
  async::block_on(set_an_event());
}

Task<> set_and_reset() {
  async::Event event;
  std::string log;
  async::spawn(wait_and_note(event, log, 'a'));
  co_await turns(1);
  event.set();
  event.reset();
  auto late = async::spawn(wait_and_note(event, log, 'b'));
  co_await turns(3);
  EXPECT_EQ(log, "a") << "it was set while this one waited";
  EXPECT_FALSE(event.is_set());
  late.cancel();
  (void)co_await late.join();
  EXPECT_EQ(log, "a-");
}
TEST(Event, set_and_reset_in_one_turn_lets_those_go_on_who_waited) {
  async::block_on(set_and_reset());
}

using Permits = std::vector<async::Semaphore::Permit>;
Task<> acquire_and_note(async::Semaphore& semaphore, Permits& permits, std::string& log,
                        char name) {
  auto permit = co_await semaphore.acquire();
  if (permit) permits.push_back(std::move(*permit));
  log += permit ? name : '-';
}

Task<> three_want_two() {
  async::Semaphore semaphore(2);
  Permits permits;
  std::string log;
  for (const char name : {'a', 'b', 'c'})
    async::spawn(acquire_and_note(semaphore, permits, log, name));
  co_await turns(2);
  EXPECT_EQ(log, "ab");
  EXPECT_EQ(semaphore.free(), 0U);
  permits.pop_back();
  co_await turns(1);
  EXPECT_EQ(log, "abc");
  permits.clear();
  EXPECT_EQ(semaphore.free(), 2U);
}
TEST(Semaphore, gives_so_many_permits_and_the_next_when_one_comes_back) {
  async::block_on(three_want_two());
}

Task<> one_takes_the_place_of_another() {
  async::Semaphore first(1);
  async::Semaphore second(1);
  auto permit = co_await first.acquire();
  auto other = co_await second.acquire();
  *permit = std::move(*other);
  EXPECT_EQ(first.free(), 1U);
  EXPECT_EQ(second.free(), 0U);
}
TEST(Semaphore, a_permit_that_is_assigned_to_gives_back_what_it_was) {
  async::block_on(one_takes_the_place_of_another());
}

Task<> nobody_overtakes() {
  async::Semaphore semaphore(1);
  Permits permits;
  std::string log;
  async::spawn(acquire_and_note(semaphore, permits, log, 'a'));
  co_await turns(1);
  async::spawn(acquire_and_note(semaphore, permits, log, 'b'));
  co_await turns(1);
  permits.clear();
  // The permit is on its way to b, who has not had a turn yet.
  EXPECT_EQ(semaphore.free(), 0U);
  async::spawn(acquire_and_note(semaphore, permits, log, 'c'));
  co_await turns(3);
  EXPECT_EQ(log, "ab");
  permits.clear();
  co_await turns(1);
  EXPECT_EQ(log, "abc");
}
TEST(Semaphore, is_given_in_the_order_in_which_it_was_asked_for) {
  async::block_on(nobody_overtakes());
}

Task<> cancel_one_who_waits() {
  async::Semaphore semaphore(1);
  Permits permits;
  std::string log;
  async::spawn(acquire_and_note(semaphore, permits, log, 'a'));
  co_await turns(1);
  auto second = async::spawn(acquire_and_note(semaphore, permits, log, 'b'));
  async::spawn(acquire_and_note(semaphore, permits, log, 'c'));
  co_await turns(1);
  second.cancel();
  co_await turns(1);
  EXPECT_EQ(log, "a-");
  permits.clear();
  co_await turns(1);
  EXPECT_EQ(log, "a-c") << "the line goes on without him";
}
TEST(Semaphore, one_who_is_cancelled_leaves_the_line) {
  async::block_on(cancel_one_who_waits());
}

Task<> cancel_one_who_was_served() {
  async::Semaphore semaphore(1);
  Permits permits;
  std::string log;
  async::spawn(acquire_and_note(semaphore, permits, log, 'a'));
  co_await turns(1);
  auto second = async::spawn(acquire_and_note(semaphore, permits, log, 'b'));
  co_await turns(1);
  permits.clear();
  second.cancel();
  co_await turns(1);
  EXPECT_EQ(log, "ab") << "he has it: the result wins";
  permits.clear();
  EXPECT_EQ(semaphore.free(), 1U);
}
TEST(Semaphore, one_who_is_cancelled_after_he_was_given_a_permit_keeps_it) {
  async::block_on(cancel_one_who_was_served());
}

TEST(Semaphore, a_permit_on_its_way_to_one_who_is_destroyed_comes_back) {
  async::Semaphore semaphore(1);
  Permits permits;
  std::string log;
  {
    auto runtime = async::Runtime::create().value();
    runtime->spawn(acquire_and_note(semaphore, permits, log, 'a'));
    runtime->spawn(acquire_and_note(semaphore, permits, log, 'b'));
    runtime->block_on(turns(2));
    permits.clear();
    EXPECT_EQ(semaphore.free(), 0U);
  }
  EXPECT_EQ(semaphore.free(), 1U);
}

Task<> critical(async::Mutex& mutex, std::string& log, char name) {
  const auto lock = co_await mutex.lock();
  log += name;
  co_await turns(2);
  log += name;
}
Task<> two_critical() {
  async::Mutex mutex;
  std::string log;
  (void)co_await async::when_all(critical(mutex, log, 'a'), critical(mutex, log, 'b'));
  EXPECT_EQ(log, "aabb");
}
TEST(Mutex, keeps_others_out_across_a_co_await) {
  async::block_on(two_critical());
}

Task<> throw_with_lock(async::Mutex& mutex) {
  const auto lock = co_await mutex.lock();
  throw std::runtime_error("inside");
}
Task<> lock_after_throw() {
  async::Mutex mutex;
  bool caught = false;
  try {
    co_await throw_with_lock(mutex);
  } catch (const std::runtime_error&) {
    caught = true;
  }
  EXPECT_TRUE(caught);
  const auto lock = co_await async::timeout(30s, mutex.acquire());
  EXPECT_TRUE(lock);
}
TEST(Mutex, is_free_again_after_an_exception) {
  async::block_on(lock_after_throw());
}

Task<> stopped_at_the_mutex() {
  async::Mutex mutex;
  std::string log;
  auto first = async::spawn(critical(mutex, log, 'a'));
  auto second = async::spawn(critical(mutex, log, 'b'));
  auto third = async::spawn(critical(mutex, log, 'c'));
  co_await turns(1);
  second.cancel();
  co_await turns(1);
  (void)co_await first.join();
  (void)co_await second.join();
  (void)co_await third.join();
  // b's own waits end at once, and it keeps its place in the line.
  EXPECT_EQ(log, "aabbcc");
}
TEST(Mutex, a_task_that_is_asked_to_stop_still_gets_its_lock_in_its_turn) {
  async::block_on(stopped_at_the_mutex());
}

Task<> limited_lock() {
  async::Mutex mutex;
  {
    const auto lock = co_await mutex.lock();
    const auto none = co_await async::timeout(1ms, mutex.acquire());
    EXPECT_EQ(none.error(), std::errc::timed_out);
  }
  const auto at_once = co_await async::timeout(0ms, mutex.acquire());
  EXPECT_TRUE(at_once) << "it is free: no limit is too short for that";
}
TEST(Mutex, an_acquire_can_be_limited) {
  async::block_on(limited_lock());
}

}  // namespace
