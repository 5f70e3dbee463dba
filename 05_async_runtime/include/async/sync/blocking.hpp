// Calls that block, in threads of their own.
//
//   const auto resolve = [name] { return epoll::resolve(name, 80); };
//   auto addresses = co_await async::spawn_blocking(resolve);
//
// Some calls know no non-blocking form: getaddrinfo, a read from a disk, a long computation. They run
// in one of a few threads, and the task goes on with the result. Names are looked up in threads of
// their own (TcpStream::connect): a full pool of long jobs does not keep clients from connecting.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "async/core/spawn.hpp"
#include "async/core/task.hpp"
#include "async/sync/channel.hpp"

namespace async {

// At most so many threads, made when they are needed first. Jobs begin in order. A job that is
// submitted by a job of the same pool gets a thread beyond that number, if no other is free: the one
// that submits it may wait for it, and would keep the thread that it needs.
class ThreadPool {
 public:
  explicit ThreadPool(std::size_t threads) : most_(threads) {}
  // Waits for the jobs that run; those that have not begun are dropped.
  ~ThreadPool() {
    const std::scoped_lock lock(mutex_);
    jobs_.clear();
  }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  using Job = std::move_only_function<void()>;
  // From any thread. `job` may not throw. std::system_error, or std::bad_alloc, if not even
  // one thread can be made; the job is then dropped.
  void submit(Job job);

  // The one of the process, with 4 threads. The end of the process does not wait for what still runs
  // there: a read from a terminal may never return.
  [[nodiscard]] static ThreadPool& shared();
  // The same for looking up names.
  [[nodiscard]] static ThreadPool& for_names();

 private:
  void work(const std::stop_token& stop);
  void add_thread();

  const std::size_t most_;
  std::mutex mutex_;  // guards everything below
  std::condition_variable_any news_;
  std::deque<Job> jobs_;  // not begun
  std::size_t idle_ = 0;
  std::vector<std::jthread> threads_;  // the last: they use all that stands above
};

// Result<T> for a job that returns a T, or a Result<T>; throws what the job throws. A task that is
// asked to stop does not wait for the job: it gets operation_canceled, and the job, if it has begun,
// runs to its end all the same. So it must own what it uses: capture by value. It may even outlive
// `main`, so static objects that have a destructor are not its own, either.
template <class Job>
Task<ResultOf<std::invoke_result_t<Job&>>> blocking_in(ThreadPool& pool, Job job) {
  using T = std::invoke_result_t<Job&>;
  using Answer = std::unique_ptr<Outcome<T>>;  // moved, whatever T says of moving
  auto ends = oneshot<Answer>();
  // All memory is taken here: in the pool's thread a want of it would end the program.
  auto run = [job = std::move(job), answer = std::move(ends.first),
              outcome = std::make_unique<Outcome<T>>()]() mutable {
    if (answer.is_closed()) return;
    try {
      if constexpr (std::is_void_v<T>) {
        job();
        outcome->set_value();
      } else {
        outcome->set_value(job());
      }
    } catch (...) {
      outcome->set_exception(std::current_exception());
    }
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
