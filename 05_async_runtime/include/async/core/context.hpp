// One spawned task, seen from inside the runtime: which of its coroutines runs next, where the innermost one
// waits, whether it was asked to stop, and what is told of its end.
//
//   started  -->  ready  -->  runs  -->  parked in a Waiter  -->  ready  -->  runs  -->  over
//
// What each coroutine of it keeps for itself stands in promise_base.hpp.
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

// What a report or a dump says of a task (diagnostics.cpp).
struct TaskRecord {
  std::uint64_t id = 0;         // counts from 1 in its scheduler
  std::uint64_t parent_id = 0;  // of the task that spawned it; 0: none
  std::source_location spawned_at;
  Clock::time_point parked_since{};
};

// Told when a task ends: the TaskGroup that it belongs to.
class CompletionObserver {
 public:
  virtual void on_completion(TaskContext& task) = 0;

 protected:
  ~CompletionObserver() = default;
};

// By which a task stands in one more list: of its TaskGroup, or of what is ready.
class TaskHook : public ListHook {
 public:
  explicit TaskHook(TaskContext& of) noexcept : task(of) {}
  TaskContext& task;
};

class TaskContext : public ListHook {  // of Scheduler::tasks_
 public:
  TaskContext(const TaskContext&) = delete;
  TaskContext& operator=(const TaskContext&) = delete;

  // -- running ------------------------------------------------------------------------------------
  // The coroutine that runs next.
  void set_continuation(PromiseBase& next) noexcept {
    innermost_ = &next;
    goes_on_ = true;
  }
  // Runs until the task is parked, or over. One that is suspended and not parked, because it awaits
  // something that knows nothing of this runtime, could never go on: it ends with std::logic_error.
  void run();
  // Its turn on the ready list: tries the operation in which it waits, and runs if that is over.
  void resume();
  // Over now, wherever it waits: its coroutines are destroyed, and it has returned nothing. Precondition:
  // started, and neither over nor ending.
  void abandon() { end(); }
  [[nodiscard]] Budget& budget() noexcept { return budget_; }
  [[nodiscard]] Scheduler& scheduler() const noexcept { return *scheduler_; }
  // True for the scheduler in which it was started, from any thread, also when it is over.
  [[nodiscard]] bool belongs_to(const Scheduler& scheduler) const noexcept {
    return scheduler_ == &scheduler;
  }

  // -- waiting ------------------------------------------------------------------------------------
  // The waiter in which it is suspended; null while it runs.
  [[nodiscard]] Waiter* parked_in() const noexcept { return parked_in_; }
  // The coroutine that is suspended there; null while it runs.
  [[nodiscard]] PromiseBase* innermost() const noexcept {
    return parked_in_ == nullptr ? nullptr : innermost_;
  }
  // How often it has run. A RemoteWaker for an earlier run is void.
  [[nodiscard]] std::uint64_t runs() const noexcept { return runs_; }
  // The task as other threads know it: see remote_waker.hpp. Made when it is asked for first.
  [[nodiscard]] const std::shared_ptr<RemoteTask>& remote();

  // -- stopping -----------------------------------------------------------------------------------
  // The operation in which the task waits ends as cancelled, unless it can end with its result; each
  // that it begins afterwards does so at once, or, where the budget of its run is used up, tries once more
  // in the next one. Asking twice changes nothing.
  void request_stop();
  [[nodiscard]] bool stop_requested() const noexcept { return stop_.is_requested(); }
  [[nodiscard]] std::stop_token stop_token() { return stop_.token(); }

  // -- its end ------------------------------------------------------------------------------------
  // Its outcome is there. From any thread: a thread that sees this sees what the task did.
  [[nodiscard]] bool is_over() const noexcept { return (end_.load() & kCompleted) != 0; }
  // True while its coroutines are being destroyed.
  [[nodiscard]] bool is_ending() const noexcept { return finished_ && !is_over(); }
  // Woken then: the wait of its JoinHandle.
  [[nodiscard]] WaiterSlot& joiner() noexcept { return joiner_; }
  // Told then, once; null for none.
  void set_observer(CompletionObserver* observer) noexcept { observer_ = observer; }
  [[nodiscard]] bool is_observed_by(const CompletionObserver& observer) const noexcept {
    return observer_ == &observer;
  }
  [[nodiscard]] TaskHook& group_hook() noexcept { return group_hook_; }
  // Its result will not be asked for: an exception is reported, now or when the task ends. From
  // any thread.
  void detach() noexcept;
  // The exception that ended it, until it is taken; null if there is none.
  [[nodiscard]] virtual std::exception_ptr exception() const noexcept = 0;
  // The error that it returned, if it returns a Result.
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
  friend class PromiseBase;  // says that its first coroutine has returned

  // The task is over or given up: keeps what it returned, if anything, or `failure` instead, and
  // destroys its coroutine, parameters and all.
  virtual void store_outcome(std::exception_ptr failure) noexcept = 0;
  void end(std::exception_ptr failure = nullptr);  // stores the outcome, and tells of it

  Scheduler* scheduler_ = nullptr;     // null: not started; may be gone once the task is over
  std::shared_ptr<TaskContext> self_;  // itself, from its start to its end: what keeps it alive
  PromiseBase* innermost_ = nullptr;   // that runs, or is suspended; null: not begun
  std::uint64_t runs_ = 0;
  Budget budget_;
  Waiter* parked_in_ = nullptr;  // not owned: it lives in the frame of the innermost coroutine
  TaskHook ready_hook_{*this};
  std::shared_ptr<RemoteTask> remote_;  // made at the first `remote`

  StopState stop_;

  bool goes_on_ = false;   // `innermost_` is to be resumed
  bool finished_ = false;  // has returned, or is given up; is_over() follows
  static constexpr std::uint8_t kCompleted = 1, kDetached = 2;
  std::atomic<std::uint8_t> end_ = 0;  // which of the two it is: whichever comes second reports
  WaiterSlot joiner_;
  CompletionObserver* observer_ = nullptr;  // not owned
  TaskHook group_hook_{*this};

  TaskRecord record_;
};

}  // namespace async
