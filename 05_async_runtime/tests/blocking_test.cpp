#include "async/sync/blocking.hpp"

#include <csignal>
#include <cstdlib>
#include <deque>
#include <semaphore>
#include <set>

#include "../../03_request_context/tests/allocations.hpp"
#include "testing.hpp"

namespace async::testing {
namespace {

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
  std::string text;
  try {
    (void)co_await spawn_blocking([] { throw std::runtime_error("job"); });
  } catch (const std::runtime_error& error) {
    text = error.what();
  }
  EXPECT_EQ(text, "job");
}

ASYNC_TEST(Blocking, other_tasks_go_on_meanwhile) {
  auto release = std::make_shared<std::binary_semaphore>(0);
  const auto wait = [release] { release->acquire(); };
  auto job = co_await started(spawn_blocking(wait), 10);
  EXPECT_FALSE(job.done());
  release->release();
  EXPECT_TRUE(co_await job.join());
}

ASYNC_TEST(Blocking, a_task_that_is_cancelled_does_not_wait_for_its_job) {
  auto release = std::make_shared<std::binary_semaphore>(0);
  const auto wait = [release] { release->acquire(); };
  auto job = co_await started(spawn_blocking(wait));
  job.cancel();
  EXPECT_EQ((co_await job.join()).error(), std::errc::operation_canceled)
      << "it does not wait for the job";
  release->release();
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
  std::vector<std::thread> threads;
  threads.reserve(3);
  for (int i = 0; i < 3; ++i) threads.emplace_back([&count] { block_on(many_jobs(count)); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 1'500);
}

TEST(ThreadPool, makes_no_more_threads_than_it_may) {
  std::mutex mutex;
  std::set<std::thread::id> ids;
  std::counting_semaphore<> done(0);
  {
    ThreadPool pool(2);
    for (int i = 0; i < 100; ++i) {
      pool.submit([&] {
        {
          const std::scoped_lock lock(mutex);
          ids.insert(std::this_thread::get_id());
        }
        done.release();
      });
    }
    for (int i = 0; i < 100; ++i) done.acquire();
  }
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

TEST(ThreadPool, its_threads_take_no_signals) {
  sigset_t mask;
  ::sigemptyset(&mask);
  std::binary_semaphore done(0);
  ThreadPool pool(1);
  pool.submit([&] {
    ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    done.release();
  });
  done.acquire();
  EXPECT_EQ(::sigismember(&mask, SIGTERM), 1);
  EXPECT_EQ(::sigismember(&mask, SIGCHLD), 1);
  sigset_t own;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &own);
  EXPECT_EQ(::sigismember(&own, SIGTERM), 0) << "and this thread's are as they were";
}

TEST(ThreadPool, a_job_for_which_there_is_no_memory_is_refused_and_nothing_else_changes) {
  ThreadPool pool(1);
  bool is_refused = false;
  bool has_run = false;
  {
    const allocations::Shortage shortage(0);
    try {
      pool.submit([&] { has_run = true; });
    } catch (const std::bad_alloc&) {
      is_refused = true;
    }
  }
  EXPECT_TRUE(is_refused);
  sigset_t own;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &own);
  EXPECT_EQ(::sigismember(&own, SIGTERM), 0) << "this thread takes its signals as before";
  std::binary_semaphore done(0);
  pool.submit([&] { done.release(); });
  done.acquire();
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
  auto done = co_await timeout(30s, when_all(std::move(jobs)));
  EXPECT_TRUE(done);
  if (!done) co_return;
  for (const auto& result : *done) EXPECT_EQ(result, 1);
}

ASYNC_TEST(Blocking, names_are_looked_up_beside_a_pool_that_is_full) {
  std::counting_semaphore<4> release(0);
  const auto stands = [&release] { release.acquire(); };
  TaskGroup group;
  for (int i = 0; i < 4; ++i) group.spawn(spawn_blocking(stands));
  co_await turns(2);
  EXPECT_EQ((co_await timeout(30s, async::connect("localhost", 1))).error(),
            std::errc::connection_refused)
      << "the name was looked up";
  release.release(4);
  (void)co_await group.join();
}

// Its move may throw: a channel would refuse it.
ASYNC_TEST(Blocking, a_job_may_return_what_may_throw_when_it_is_moved) {
  const auto job = [] { return std::deque<int>{1, 2, 3}; };
  const auto numbers = co_await spawn_blocking(job);
  EXPECT_EQ(numbers->size(), 3U);
}

// -- the end of the process -----------------------------------------------------------------------

Task<> give_up_a_job_that_stands() {
  const auto stands = [] { std::this_thread::sleep_for(1h); };
  EXPECT_EQ((co_await timeout(1ms, spawn_blocking(stands))).error(), std::errc::timed_out);
}
TEST(BlockingDeathTest, exit_does_not_wait_for_a_job_that_stands) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto main = [] {
    block_on(give_up_a_job_that_stands());
    std::exit(7);
  };
  EXPECT_EXIT(main(), ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace async::testing
