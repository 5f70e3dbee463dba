#include "async/sync/sync.hpp"

#include "testing.hpp"

namespace async::testing::sync_test {

// Tasks that wait write to a log that they continued, by their names, or that they were cancelled, by '-'.
class Event : public ::testing::Test {
 protected:
  Task<> wait(char name) {
    const auto waited = co_await event.wait();
    log += waited ? name : '-';
  }
  async::Event event;
  std::string log;
};

ASYNC_TEST_F(Event, resumes_all_tasks_when_it_is_set_and_those_that_come_later) {
  spawn(wait('a'));
  (void)co_await started(wait('b'), 3);
  EXPECT_EQ(log, "");
  event.set();
  co_await turns(1);
  EXPECT_EQ(log, "ab") << "all that wait go on, in order";
  EXPECT_TRUE(event.is_set());
  EXPECT_TRUE(co_await event.wait());
}

ASYNC_TEST_F(Event, set_and_reset_in_one_turn_resumes_the_tasks_that_waited) {
  (void)co_await started(wait('a'), 1);
  event.set();
  event.reset();
  auto late = co_await started(wait('b'), 3);
  EXPECT_EQ(log, "a") << "it was set while this one waited";
  EXPECT_FALSE(event.is_set());
  (void)co_await cancelled(late);
  EXPECT_EQ(log, "a-");
}

// What was acquired is kept in `permits`.
class Semaphore : public ::testing::Test {
 protected:
  Task<> acquire(char name) {
    auto permit = co_await semaphore.acquire();
    if (permit) permits.push_back(std::move(*permit));
    log += permit ? name : '-';
  }
  void give_back() { permits.clear(); }

  async::Semaphore semaphore{1};
  std::vector<async::Semaphore::Permit> permits;
  std::string log;
};

ASYNC_TEST_F(Semaphore, gives_its_permits_and_the_next_when_one_comes_back) {
  async::Semaphore two(2);
  auto first = co_await two.acquire();
  auto second = co_await two.acquire();
  auto third = co_await started(two.acquire());
  EXPECT_FALSE(third.done());
  EXPECT_EQ(two.free(), 0U);
  drop(std::move(second));
  co_await turns(1);
  EXPECT_TRUE(third.done());
  drop(co_await third.join());
  drop(std::move(first));
  EXPECT_EQ(two.free(), 2U);
}

ASYNC_TEST_F(Semaphore, a_permit_that_is_assigned_to_gives_its_old_place_back) {
  async::Semaphore second(1);
  auto permit = co_await semaphore.acquire();
  auto other = co_await second.acquire();
  *permit = std::move(*other);
  EXPECT_EQ(semaphore.free(), 1U);
  EXPECT_EQ(second.free(), 0U);
}

ASYNC_TEST_F(Semaphore, is_given_in_the_order_in_which_it_was_asked_for) {
  for (const char name : {'a', 'b'}) (void)co_await started(acquire(name), 1);
  give_back();
  // The permit is on its way to b, which has not had a turn yet.
  EXPECT_EQ(semaphore.free(), 0U);
  (void)co_await started(acquire('c'), 3);
  EXPECT_EQ(log, "ab");
  give_back();
  co_await turns(1);
  EXPECT_EQ(log, "abc");
}

ASYNC_TEST_F(Semaphore, a_task_that_is_cancelled_leaves_the_line) {
  (void)co_await started(acquire('a'), 1);
  auto second = spawn(acquire('b'));
  (void)co_await started(acquire('c'), 1);
  second.cancel();
  co_await turns(1);
  EXPECT_EQ(log, "a-");
  give_back();
  co_await turns(1);
  EXPECT_EQ(log, "a-c") << "the line goes on without it";
}

ASYNC_TEST_F(Semaphore, a_task_that_is_cancelled_after_it_was_given_a_permit_keeps_it) {
  (void)co_await started(acquire('a'), 1);
  auto second = co_await started(acquire('b'), 1);
  give_back();
  (void)co_await cancelled(second);
  EXPECT_EQ(log, "ab") << "it has one: the result wins";
  give_back();
  EXPECT_EQ(semaphore.free(), 1U);
}

TEST_F(Semaphore, a_permit_on_its_way_to_a_task_that_is_destroyed_comes_back) {
  auto runtime = Runtime::create().value();
  for (const char name : {'a', 'b'}) runtime->spawn(acquire(name));
  runtime->block_on(turns(2));
  give_back();
  EXPECT_EQ(semaphore.free(), 0U);
  runtime.reset();
  EXPECT_EQ(semaphore.free(), 1U);
}

class Mutex : public ::testing::Test {
 protected:
  Task<> critical(char name) {
    const auto lock = co_await mutex.lock();
    log += name;
    co_await turns(2);
    log += name;
  }
  async::Mutex mutex;
  std::string log;
};

ASYNC_TEST_F(Mutex, keeps_others_out_across_a_co_await) {
  (void)co_await when_all(critical('a'), critical('b'));
  EXPECT_EQ(log, "aabb");
}

Task<> throw_with_lock(async::Mutex& mutex) {
  const auto lock = co_await mutex.lock();
  throw std::runtime_error("inside");
}
ASYNC_TEST_F(Mutex, is_free_again_after_an_exception) {
  EXPECT_EQ(co_await thrown_in(throw_with_lock(mutex)), "inside");
  EXPECT_TRUE(co_await timeout(30s, mutex.acquire()));
}

ASYNC_TEST_F(Mutex, a_task_that_is_asked_to_stop_still_gets_its_lock_in_its_turn) {
  TaskGroup others;
  others.spawn(critical('a'));
  auto second = spawn(critical('b'));
  others.spawn(critical('c'));
  co_await turns(1);
  (void)co_await cancelled(second);
  (void)co_await others.join();
  // b's own waits end at once, and it keeps its place in the line.
  EXPECT_EQ(log, "aabbcc");
}

ASYNC_TEST_F(Mutex, an_acquire_can_be_limited) {
  {
    const auto lock = co_await mutex.lock();
    EXPECT_EQ((co_await timeout(1ms, mutex.acquire())).error(), std::errc::timed_out);
  }
  EXPECT_TRUE(co_await timeout(0ms, mutex.acquire())) << "free: no limit is too short for that";
}

}  // namespace async::testing::sync_test
