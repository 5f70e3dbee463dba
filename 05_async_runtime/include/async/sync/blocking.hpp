// Blocking calls, run in threads of their own.
//
//   const auto resolve = [name] { return epoll::resolve(name, 80); };
//   auto addresses = co_await async::spawn_blocking(resolve);
//
// Some calls have no non-blocking form: getaddrinfo, a read from a disk, a long computation. They
// run in one of a few threads, and the task resumes with the result. Name lookups (async::connect)
// have threads of their own, so a pool that is full of long jobs does not keep clients from
// connecting.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "async/core/spawn.hpp"
#include "async/core/task.hpp"
#include "async/sync/channel.hpp"

namespace async {

// At most the given number of threads, created when they are first needed. Jobs start in order. A
// job that is submitted by a job of the same pool gets an extra thread beyond that number if no
// other thread is free: the submitting job may wait for it, and would otherwise occupy the thread
// that it needs.
class ThreadPool {
 public:
  explicit ThreadPool(std::size_t threads) : most_(threads) {}
  // Waits for the running jobs; jobs that have not started are dropped.
  ~ThreadPool() {
    const std::scoped_lock lock(mutex_);
    jobs_.clear();
  }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  using Job = std::move_only_function<void()>;
  // From any thread. `job` must not throw. Throws std::system_error or std::bad_alloc if the pool
  // has no thread and cannot create one; the job is then dropped.
  void submit(Job job);

  // The pool of the process, with 4 threads. The end of the process does not wait for jobs that
  // still run there: a read from a terminal may never return.
  [[nodiscard]] static ThreadPool& shared();
  // The same for name lookups.
  [[nodiscard]] static ThreadPool& for_names();

 private:
  void work(const std::stop_token& stop);
  void add_thread();

  const std::size_t most_;
  std::mutex mutex_;  // guards everything below
  std::condition_variable_any news_;
  std::deque<Job> jobs_;  // not begun
  std::size_t idle_ = 0;
  std::vector<std::jthread> threads_;  // the last member: the threads use all members above
};

// Result<T> for a job that returns a T, or a Result<T>; throws what the job throws. A task that is
// asked to stop does not wait for the job: it gets operation_canceled, and the job, if it has
// started, runs to its end all the same. So the job must own what it uses: capture by value; a result
// arrives after the job's captures are destroyed. A job may even outlive `main`, so it must not use
// static objects that have a destructor, either.
template <class Job>
Task<ResultOf<std::invoke_result_t<Job&>>> blocking_in(ThreadPool& pool, Job job) {
  using T = std::invoke_result_t<Job&>;
  using Answer = std::unique_ptr<Outcome<T>>;  // movable, whether T is or not
  auto ends = oneshot<Answer>();
  // All memory is allocated here: in the pool's thread, running out of memory would end the
  // program.
  auto run = [job = std::optional(std::move(job)), answer = std::move(ends.first),
              outcome = std::make_unique<Outcome<T>>()]() mutable {
    if (answer.is_closed()) return;
    try {
      if constexpr (std::is_void_v<T>) {
        (*job)();
        outcome->set_value();
      } else {
        outcome->set_value((*job)());
      }
    } catch (...) {
      outcome->set_exception(std::current_exception());
    }
    job.reset();
    (void)answer.send(std::move(outcome));
  };
  pool.submit(std::move(run));
  auto outcome = co_await ends.second.receive();
  if (!outcome) co_return sys::failure(outcome.error());
  co_return (*outcome)->template take_as<ResultOf<T>>();
}
template <class Job>
auto spawn_blocking(Job job) {
  return blocking_in(ThreadPool::shared(), std::move(job));
}

}  // namespace async
