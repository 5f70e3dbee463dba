// A task that runs on its own, and the handle that waits for it.
//
//   async::JoinHandle<int> handle = async::spawn(count_lines(file));
//   ...                                                    // both run, in turns
//   sys::Result<int> lines = co_await handle.join();
//
//   async::spawn(serve(std::move(client)));                // detached: it is not joined
//
// A task or any other awaitable can be spawned, or passed to block_on.
#pragma once

#include <memory>
#include <source_location>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "async/core/error.hpp"
#include "async/core/operation.hpp"
#include "async/core/remote_waker.hpp"
#include "async/core/scheduler.hpp"
#include "async/core/task.hpp"
#include "async/core/waiter_slot.hpp"
#include "syscall/result.hpp"

namespace async {

namespace detail {
template <class T>
struct ResultOf {
  using Type = sys::Result<T>;
};
template <class T>
struct ResultOf<sys::Result<T>> {
  using Type = sys::Result<T>;
};
}  // namespace detail

// Result<T>; a T that is already a Result stays as it is.
template <class T>
using ResultOf = typename detail::ResultOf<T>::Type;

// A spawned task together with its outcome.
template <class T>
class Spawned final : public TaskContext {
 public:
  // Throws std::logic_error for a Task without a coroutine.
  Spawned(Task<T> task, std::source_location where) : TaskContext(where), task_(std::move(task)) {
    if (!task_) throw std::logic_error("a Task without a coroutine is spawned: was it moved from?");
    task_.promise().begin_in(*this);
  }
  // How the task ended, once it is over. Empty if its runtime was destroyed before that.
  [[nodiscard]] Outcome<T>& outcome() noexcept { return outcome_; }

  [[nodiscard]] std::exception_ptr exception() const noexcept override {
    return outcome_.exception();
  }
  [[nodiscard]] std::error_code error() const noexcept override {
    if constexpr (std::is_same_v<T, ResultOf<T>>) {
      if (const T* const result = outcome_.value(); result != nullptr && !*result)
        return result->error();
    }
    return {};
  }

 private:
  void store_outcome(std::exception_ptr failure) noexcept override {
    try {
      if (failure != nullptr) std::rethrow_exception(failure);
      outcome_ = std::move(task_.promise().outcome);  // its move may throw
    } catch (...) {
      outcome_.set_exception(std::current_exception());
    }
    task_ = Task<T>();
  }
  Task<T> task_;
  Outcome<T> outcome_;
};

// Ends with what the task returned, or throws what it threw. Fails
//   - with operation_canceled if the waiting task is asked to stop first (the other task runs on,
//     and can be joined again), or if there is no result: the runtime that ran the task is gone, or
//     the result has already been taken;
//   - with EINVAL if the handle holds no task;
//   - with Errc::already_waiting if another task waits for this one;
//   - with EDEADLK if the task waits for itself;
//   - with Errc::other_runtime if the task is still running in another runtime: only the thread of
//     that runtime can be notified of its end.
template <class T>
class [[nodiscard]] JoinOperation : public Operation<> {
 public:
  explicit JoinOperation(std::shared_ptr<Spawned<T>> task) noexcept : task_(std::move(task)) {}

  [[nodiscard]] ResultOf<T> await_resume() {
    rethrow();
    SYS_TRY(result_);
    // #region 5.8 join
    Outcome<T> outcome = std::exchange(task_->outcome(), Outcome<T>());
    if (outcome.is_empty()) return sys::failure(std::errc::operation_canceled);
    return outcome.template take_as<ResultOf<T>>();
    // #endregion 5.8
  }

 protected:
  bool attempt() override {
    // #region spawn.attempt
    if (task_ == nullptr) {
      result_ = sys::failure(std::errc::invalid_argument);
    } else if (task_->is_over()) {
      result_ = {};
    } else if (!task_->belongs_to(context().scheduler())) {
      result_ = sys::failure(Errc::other_runtime);
    } else if (task_.get() == &context()) {
      result_ = sys::failure(std::errc::resource_deadlock_would_occur);
    } else {
      return false;
    }
    return true;
    // #endregion spawn.attempt
  }
  bool park() override { return task_->joiner().take(*this) || refuse(Errc::already_waiting); }

 private:
  std::shared_ptr<Spawned<T>> task_;
};

// Asks a task to stop, from any thread. It may be copied and handed on; the task may already be
// over.
class Canceller {
 public:
  Canceller() = default;  // of no task
  // To be called in the task's own thread.
  explicit Canceller(TaskContext& task)
      : task_(task.is_over() || task.is_ending() ? nullptr : task.remote()) {}
  // Allocates nothing.
  void operator()() const {
    if (task_) task_->request_stop();
  }

 private:
  std::shared_ptr<RemoteTask> task_;  // null: of no task
};

// The only handle of a spawned task. Destroying it detaches the task: the task keeps running, and if it
// ends with an exception, the exception is reported (Scheduler::on_unjoined_exception).
template <class T>
class JoinHandle {
 public:
  explicit JoinHandle(std::shared_ptr<Spawned<T>> task) noexcept : task_(std::move(task)) {}
  JoinHandle() noexcept = default;  // of no task
  JoinHandle(JoinHandle&&) noexcept = default;
  JoinHandle& operator=(JoinHandle&& other) noexcept {
    detach();
    task_ = std::move(other.task_);
    return *this;
  }
  ~JoinHandle() { detach(); }

  // To be awaited by one task at a time. See JoinOperation.
  [[nodiscard]] JoinOperation<T> join() { return JoinOperation<T>(task_); }

  // Asks the task to stop: see TaskContext::request_stop. The task still has to be joined if its
  // end matters. `cancel` and `canceller` are for the runtime's own thread; the Canceller may be
  // used in any.
  void cancel() {
    if (task_) task_->request_stop();
  }
  [[nodiscard]] Canceller canceller() const { return task_ ? Canceller(*task_) : Canceller(); }

  [[nodiscard]] bool done() const noexcept { return task_ == nullptr || task_->is_over(); }

  void detach() noexcept {
    const std::shared_ptr<Spawned<T>> task = std::exchange(task_, nullptr);
    if (task) task->detach();
  }

 private:
  friend class Scheduler;             // block_on takes the outcome
  std::shared_ptr<Spawned<T>> task_;  // null after detach
};

template <Awaitable A>
std::shared_ptr<Spawned<AwaitResult<A>>> make_spawned(
    A awaitable, std::source_location where = std::source_location::current()) {
  return std::make_shared<Spawned<AwaitResult<A>>>(as_task(std::move(awaitable)), where);
}

template <Awaitable A>
JoinHandle<AwaitResult<A>> Scheduler::spawn(A awaitable, std::source_location where) {
  auto spawned = make_spawned(std::move(awaitable), where);
  start(spawned);
  return JoinHandle<AwaitResult<A>>(std::move(spawned));
}

template <Awaitable A>
AwaitResult<A> Scheduler::block_on(A awaitable, std::source_location where) {
  const Current current = enter();
  const auto handle = spawn(std::move(awaitable), where);
  run_until_over(*handle.task_);
  auto outcome = std::move(handle.task_->outcome());  // an exception that is thrown is not reported
  return outcome.take();
}

template <class T>
bool Scheduler::Handle::spawn(Task<T> task, std::source_location where) const {
  return post([task = std::move(task), where]() mutable {
    Scheduler::here().spawn(std::move(task), where);
  });
}

// Spawns in the runtime of this thread; throws std::logic_error if none is running.
template <Awaitable A>
JoinHandle<AwaitResult<A>> spawn(A awaitable,
                                 std::source_location where = std::source_location::current()) {
  return Scheduler::here().spawn(std::move(awaitable), where);
}

}  // namespace async
