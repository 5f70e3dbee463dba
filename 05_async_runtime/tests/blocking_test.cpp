#include "async/sync/blocking.hpp"

#include <csignal>
#include <cstdlib>
#include <deque>
#include <future>
#include <semaphore>
#include <set>

#include "allocations.hpp"
#include "testing.hpp"

namespace async::testing::blocking_test {

ASYNC_TEST(Blocking, runs_the_job_in_another_thread_and_gives_its_result) {
  const auto here = std::this_thread::get_id();
  const auto there = co_await spawn_blocking([] { return std::this_thread::get_id(); });
  EXPECT_TRUE(there);
  EXPECT_NE(*there, here);
}

ASYNC_TEST(Blocking, a_job_may_return_nothing_something_or_a_result) {
  EXPECT_TRUE(co_await spawn_blocking([] {}));
  const auto owner = co_await spawn_blocking([] { return std::make_unique<int>(4); });
  EXPECT_TRUE(owner && **owner == 4);
  const sys::Result<int> flat =
      co_await spawn_blocking([]() -> sys::Result<int> { return sys::failure(ENOENT); });
  EXPECT_EQ(flat.error(), std::errc::no_such_file_or_directory);
}

ASYNC_TEST(Blocking, throws_what_the_job_throws) {
  const auto job = [] { throw std::runtime_error("job"); };
  EXPECT_EQ(co_await thrown_in(spawn_blocking(job)), "job");
}

ASYNC_TEST(Blocking, what_a_job_owns_is_destroyed_before_its_result_arrives) {
  std::atomic<bool> has_arrived = false;
  std::atomic<bool> was_first = false;
  // Its destructor gives the result time to arrive, if that is on its way already.
  const auto destroy = [&](int*) {
    for (int i = 0; i < 300 && !has_arrived; ++i) std::this_thread::yield();
    was_first = !has_arrived;
  };
  std::shared_ptr<int> owned(nullptr, destroy);
  auto job = [owned = std::move(owned)] {};
  EXPECT_TRUE(co_await spawn_blocking(std::move(job)));
  has_arrived = true;
  EXPECT_TRUE(was_first);
}

// A job that ends when it is told to.
class Job {
 public:
  auto start() {
    const auto wait = [release = release_] { release->acquire(); };
    return spawn_blocking(wait);
  }
  void end() { release_->release(); }

 private:
  std::shared_ptr<std::counting_semaphore<>> release_ =
      std::make_shared<std::counting_semaphore<>>(0);
};

ASYNC_TEST(Blocking, other_tasks_run_meanwhile) {
  Job waits;
  auto job = co_await started(waits.start(), 10);
  EXPECT_FALSE(job.done());
  waits.end();
  EXPECT_TRUE(co_await job.join());
}

ASYNC_TEST(Blocking, a_task_that_is_cancelled_does_not_wait_for_its_job) {
  Job waits;
  auto job = co_await started(waits.start());
  EXPECT_EQ((co_await cancelled(job)).error(), std::errc::operation_canceled);
  waits.end();
}

Task<> many_jobs(std::atomic<int>& count) {
  std::vector<Task<sys::Result<>>> jobs;
  const auto add = [&count] { ++count; };
  for (int i = 0; i < 500; ++i) jobs.push_back(spawn_blocking(add));
  const auto results = co_await when_all(std::move(jobs));
  for (const auto& result : results) EXPECT_TRUE(result);
}
TEST(Blocking, many_jobs_from_many_runtimes_are_all_done) {
  std::atomic<int> count = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&count] { block_on(many_jobs(count)); });
  threads.clear();  // joins
  EXPECT_EQ(count, 1'500);
}

TEST(ThreadPool, makes_no_more_threads_than_it_may) {
  std::mutex mutex;
  std::set<std::thread::id> ids;
  std::counting_semaphore<> done(0);
  ThreadPool pool(2);
  for (int i = 0; i < 100; ++i) {
    pool.submit([&] {
      const std::scoped_lock lock(mutex);
      ids.insert(std::this_thread::get_id());
      done.release();
    });
  }
  for (int i = 0; i < 100; ++i) done.acquire();
  const std::scoped_lock lock(mutex);  // the last job has given it back
  EXPECT_GE(ids.size(), 1U);
  EXPECT_LE(ids.size(), 2U);
}

TEST(ThreadPool, a_job_that_waits_does_not_keep_another_thread_from_the_next) {
  std::binary_semaphore first(0);
  ThreadPool pool(2);
  std::binary_semaphore over(0);
  pool.submit([&] {
    first.acquire();
    over.release();
  });
  pool.submit([&] { first.release(); });
  over.acquire();
}

TEST(ThreadPool, its_end_waits_for_what_runs_and_drops_the_rest) {
  std::binary_semaphore began(0), submitted(0);
  std::atomic<bool> over = false;
  auto dropped = std::make_shared<int>(0);
  {
    ThreadPool pool(1);
    pool.submit([&] {
      began.release();
      submitted.acquire();
      // Ends only when the pool's destructor has dropped the job behind it.
      while (dropped.use_count() > 1) std::this_thread::yield();
      over = true;
    });
    began.acquire();
    pool.submit([dropped] { ++*dropped; });
    submitted.release();
  }
  EXPECT_TRUE(over);
  EXPECT_EQ(*dropped, 0);
}

bool takes(int signal) {
  sigset_t blocked;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  return ::sigismember(&blocked, signal) == 0;
}
TEST(ThreadPool, its_threads_take_no_signals) {
  std::promise<bool> taken;
  ThreadPool pool(1);
  pool.submit([&] { taken.set_value(takes(SIGTERM) || takes(SIGCHLD)); });
  EXPECT_FALSE(taken.get_future().get());
  EXPECT_TRUE(takes(SIGTERM)) << "and this thread's are as they were";
}

TEST(ThreadPool, a_job_for_which_there_is_no_memory_is_refused_and_nothing_else_changes) {
  ThreadPool pool(1);
  bool has_run = false;
  {
    const allocations::Shortage shortage(0);
    EXPECT_THROW(pool.submit([&] { has_run = true; }), std::bad_alloc);
  }
  EXPECT_TRUE(takes(SIGTERM)) << "this thread takes its signals as before";
  std::promise<void> done;
  pool.submit([&] { done.set_value(); });
  done.get_future().wait();
  EXPECT_FALSE(has_run);
}

// A job that waits for another job of the same pool.
int job_with_a_job() {
  const auto inner = []() -> Task<sys::Result<int>> {
    const auto job = [] { return 1; };
    co_return co_await spawn_blocking(job);
  };
  return block_on(inner()).value_or(-1);
}
ASYNC_TEST(Blocking, jobs_that_wait_for_jobs_do_not_starve_each_other) {
  std::vector<Task<sys::Result<int>>> jobs;
  for (int i = 0; i < 8; ++i) jobs.push_back(spawn_blocking(job_with_a_job));
  const auto done = co_await timeout(30s, when_all(std::move(jobs)));
  EXPECT_EQ(done.value(), std::vector<sys::Result<int>>(8, 1));
}

ASYNC_TEST(Blocking, names_are_looked_up_beside_a_pool_that_is_full) {
  Job waits;
  TaskGroup group;
  for (int i = 0; i < 4; ++i) group.spawn(waits.start());
  co_await turns(2);
  EXPECT_EQ((co_await timeout(30s, async::connect("localhost", 1))).error(),
            std::errc::connection_refused)
      << "the name was looked up";
  for (int i = 0; i < 4; ++i) waits.end();
  (void)co_await group.join();
}

// Its move may throw: a channel would refuse it.
ASYNC_TEST(Blocking, a_job_may_return_what_may_throw_when_it_is_moved) {
  const auto job = [] { return std::deque<int>{1, 2, 3}; };
  const auto numbers = co_await spawn_blocking(job);
  EXPECT_EQ(numbers->size(), 3U);
}

Task<> give_up_a_job_that_stands() {
  const auto stands = [] { std::this_thread::sleep_for(1h); };
  EXPECT_EQ((co_await timeout(1ms, spawn_blocking(stands))).error(), std::errc::timed_out);
}
TEST(BlockingDeathTest, exit_does_not_wait_for_a_job_that_blocks) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto main = [] {
    block_on(give_up_a_job_that_stands());
    std::exit(7);
  };
  EXPECT_EXIT(main(), ::testing::ExitedWithCode(7), "");
}

}  // namespace async::testing::blocking_test
