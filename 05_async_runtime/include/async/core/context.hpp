// One spawned task, seen from inside the runtime: which of its coroutines runs next, where the
// innermost one waits, whether the task was asked to stop, and what happens when it ends.
//
//   started  -->  ready  -->  runs  -->  parked in a Waiter  -->  ready  -->  runs  -->  over
//
// The state of each single coroutine of the task is in promise_base.hpp.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <source_location>
#include <system_error>

#include "async/core/budget.hpp"
#include "async/core/intrusive_list.hpp"
#include "async/core/promise_base.hpp"
#include "async/core/stop_state.hpp"
#include "async/core/waiter.hpp"
#include "async/core/waiter_slot.hpp"
#include "event_loop/timer_queue.hpp"

namespace async {

class RemoteTask;
class Scheduler;
using event_loop::Clock;
using Duration = Clock::duration;

// What a report or a dump shows of a task (diagnostics.cpp).
struct TaskRecord {
  std::uint64_t id = 0;         // counts from 1 in its scheduler
  std::uint64_t parent_id = 0;  // the task that spawned it; 0: none
  std::source_location spawned_at;
  Clock::time_point parked_since{};
};

// Notified when a task ends: the TaskGroup that the task belongs to.
class CompletionObserver {
 public:
  virtual void on_completion(TaskContext& task) = 0;

 protected:
  ~CompletionObserver() = default;
};

// The link by which a task is in one more list: that of its TaskGroup, or the ready list.
class TaskHook : public ListHook {
 public:
  explicit TaskHook(TaskContext& of) noexcept : task(of) {}
  TaskContext& task;
};

class TaskContext : public ListHook {  // linked into Scheduler::tasks_
 public:
  TaskContext(const TaskContext&) = delete;
  TaskContext& operator=(const TaskContext&) = delete;

  // -- running ------------------------------------------------------------------------------------
  // Sets the coroutine that runs next.
  void set_continuation(PromiseBase& next) noexcept {
    innermost_ = &next;
    goes_on_ = true;
  }
  // Runs until the task is parked or over. A task that is suspended without being parked, because
  // it awaits something unknown to this runtime, could never be resumed: it ends with
  // std::logic_error.
  void run();
  // The task's turn on the ready list: attempts the operation in which it waits, and runs the task
  // if that operation is over.
  void resume();
  // Ends the task now, wherever it waits: its coroutines are destroyed, and it has no result.
  // Precondition: the task was started, and is neither over nor ending.
  void abandon() { end(); }
  [[nodiscard]] Budget& budget() noexcept { return budget_; }
  [[nodiscard]] Scheduler& scheduler() const noexcept { return *scheduler_; }
  // True for the scheduler in which the task was started. From any thread, also when the task is
  // over.
  [[nodiscard]] bool belongs_to(const Scheduler& scheduler) const noexcept {
    return scheduler_ == &scheduler;
  }

  // -- waiting ------------------------------------------------------------------------------------
  // The waiter in which the task is suspended; null while it runs.
  [[nodiscard]] Waiter* parked_in() const noexcept { return parked_in_; }
  // The coroutine that is suspended in that waiter; null while the task runs.
  [[nodiscard]] PromiseBase* innermost() const noexcept {
    return parked_in_ == nullptr ? nullptr : innermost_;
  }
  // How often the task has run. A RemoteWaker made for an earlier run has no effect.
  [[nodiscard]] std::uint64_t runs() const noexcept { return runs_; }
  // The task as seen from other threads: see remote_waker.hpp. Created on the first call.
  [[nodiscard]] const std::shared_ptr<RemoteTask>& remote();

  // -- stopping -----------------------------------------------------------------------------------
  // The operation in which the task waits ends as cancelled, unless it can end with its result.
  // Each operation that the task begins afterwards also ends as cancelled, at once; if the budget
  // of the run is used up, it is attempted once more in the next run. A second request changes
  // nothing.
  void request_stop();
  [[nodiscard]] bool stop_requested() const noexcept { return stop_.is_requested(); }
  [[nodiscard]] std::stop_token stop_token() { return stop_.token(); }

  // -- its end ------------------------------------------------------------------------------------
  // True once the outcome is stored. From any thread: a thread that reads true also sees everything
  // that the task did.
  [[nodiscard]] bool is_over() const noexcept { return (end_.load() & kCompleted) != 0; }
  // True while the task's coroutines are being destroyed.
  [[nodiscard]] bool is_ending() const noexcept { return finished_ && !is_over(); }
  // Holds the wait of the task's JoinHandle, which is woken when the task ends.
  [[nodiscard]] WaiterSlot& joiner() noexcept { return joiner_; }
  // Notified once, when the task ends; null for none.
  void set_observer(CompletionObserver* observer) noexcept { observer_ = observer; }
  [[nodiscard]] bool is_observed_by(const CompletionObserver& observer) const noexcept {
    return observer_ == &observer;
  }
  [[nodiscard]] TaskHook& group_hook() noexcept { return group_hook_; }
  // The result will not be asked for: an exception is reported, now or when the task ends. From any
  // thread.
  void detach() noexcept;
  // The exception that ended the task, until it is taken; null if there is none.
  [[nodiscard]] virtual std::exception_ptr exception() const noexcept = 0;
  // The error that the task returned, if it returns a Result.
  [[nodiscard]] virtual std::error_code error() const noexcept = 0;

  [[nodiscard]] const TaskRecord& record() const noexcept { return record_; }
  [[nodiscard]] std::uint64_t id() const noexcept { return record_.id; }

 protected:
  explicit TaskContext(std::source_location spawned_at) noexcept {
    record_.spawned_at = spawned_at;
  }
  ~TaskContext() = default;

 private:
  friend class Scheduler;    // starts it
  friend class Waiter;       // parks it, and makes it ready
  friend class PromiseBase;  // reports that its first coroutine has returned

  // The task is over or abandoned: stores what it returned, if anything, or `failure` instead, and
  // destroys its coroutine together with the parameters.
  virtual void store_outcome(std::exception_ptr failure) noexcept = 0;
  void end(std::exception_ptr failure = nullptr);  // stores the outcome, and notifies

  Scheduler* scheduler_ = nullptr;     // null: not started; may be gone once the task is over
  std::shared_ptr<TaskContext> self_;  // itself, from its start to its end, which keeps it alive
  PromiseBase* innermost_ = nullptr;   // runs, or is suspended; null: not begun
  std::uint64_t runs_ = 0;
  Budget budget_;
  Waiter* parked_in_ = nullptr;  // not owned: it lives in the frame of the innermost coroutine
  TaskHook ready_hook_{*this};
  std::shared_ptr<RemoteTask> remote_;  // created on the first call of `remote`

  StopState stop_;

  bool goes_on_ = false;   // `innermost_` is to be resumed
  bool finished_ = false;  // has returned, or is abandoned; is_over() follows
  static constexpr std::uint8_t kCompleted = 1, kDetached = 2;
  std::atomic<std::uint8_t> end_ = 0;  // the two flags above; whichever is set second reports
  WaiterSlot joiner_;
  CompletionObserver* observer_ = nullptr;  // not owned
  TaskHook group_hook_{*this};

  TaskRecord record_;
};

}  // namespace async
