// One spawned task, seen from inside the runtime.
//
// A task that awaits a task is a function that calls a function: one of them runs, the others wait
// for it to return. All coroutines of such a chain share one TaskContext. It knows which one is to be
// resumed, where the innermost one waits, and whether the task was asked to stop.
//
//   serve()  <--caller--  echo()  <--caller--  send_line()       <- parked in stream.write_all(...)
//      |                     |                     |
//      +---------------------+---------------------+-----> TaskContext
//
// The stack does not grow. A coroutine that awaits another one does not resume it: it names it as the
// next to go on, and suspends. Control falls back to TaskContext::run, a loop, and from there into
// the next. (Symmetric transfer, where `await_suspend` returns the next coroutine, is meant for this,
// but it is a jump only in optimised code. In a debug build, or under AddressSanitizer, it is a call,
// and a few ten thousand of them end the program.)
#pragma once

#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <stop_token>

#include "async/core/intrusive_list.hpp"
#include "async/core/waiter.hpp"
#include "async/core/waiter_slot.hpp"
#include "event_loop/timer_queue.hpp"

namespace async {

class PromiseBase;
class RemoteTask;
class Scheduler;
class TaskContext;
using event_loop::Clock;
using Duration = Clock::duration;

// Owns a coroutine's frame, by the promise in it.
struct DestroyFrame {
  void operator()(PromiseBase* promise) const noexcept;
};
using OwnedFrame = std::unique_ptr<PromiseBase, DestroyFrame>;

// What every coroutine of a task keeps in its promise, whatever it returns.
class PromiseBase {
 public:
  explicit PromiseBase(std::coroutine_handle<> self) noexcept : self_(self) {}
  // Takes its wait along: an awaiter that happens to live elsewhere must not wake a frame that is
  // gone.
  ~PromiseBase();
  PromiseBase(const PromiseBase&) = delete;
  PromiseBase& operator=(const PromiseBase&) = delete;

  [[nodiscard]] TaskContext& context() const noexcept { return *context_; }
  [[nodiscard]] std::coroutine_handle<> coroutine() const noexcept { return self_; }
  [[nodiscard]] const PromiseBase* caller() const noexcept { return caller_; }  // null: the first
  // The `co_await` in which it is suspended.
  [[nodiscard]] std::source_location awaiting_at() const noexcept { return awaiting_at_; }
  void set_awaiting_at(std::source_location where) noexcept { awaiting_at_ = where; }

  // The first coroutine of a task: runs when `context` runs.
  void begin_in(TaskContext& context) noexcept;
  // Awaited by `caller`: runs next, and `caller` when this one is done.
  void begin_for(PromiseBase& caller) noexcept;
  // What owns it, and stays where it is while this one is awaited.
  void set_owner(OwnedFrame& owner) noexcept { owner_ = &owner; }
  // Done, and suspended for the last time.
  void return_to_caller() noexcept;

 private:
  friend class TaskContext;  // destroys a chain of them

  std::coroutine_handle<> self_;
  TaskContext* context_ = nullptr;
  PromiseBase* caller_ = nullptr;
  OwnedFrame* owner_ = nullptr;
  std::source_location awaiting_at_;
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

class TaskContext : public ListHook, public std::enable_shared_from_this<TaskContext> {
 public:
  // What it runs is given by PromiseBase::begin_in. `where` is the place that dump_tasks shows.
  explicit TaskContext(std::source_location where = std::source_location::current()) noexcept;
  virtual ~TaskContext();
  TaskContext(const TaskContext&) = delete;
  TaskContext& operator=(const TaskContext&) = delete;

  // -- running ------------------------------------------------------------------------------------
  // The coroutine that runs next; null for none.
  void set_continuation(std::coroutine_handle<> next) noexcept { next_ = next; }
  // Runs until the task is parked, or over. One that is suspended and not parked, because it awaits
  // something that knows nothing of this runtime, could never go on: it ends with std::logic_error.
  void run();
  // Its turn on the ready list: tries the operation in which it waits, and runs if that is over.
  void resume();
  // Over now, wherever it waits: its coroutines are destroyed, and it has returned nothing.
  void abandon() { end(); }
  // Its outcome is there. From any thread: a thread that sees this sees what the task did.
  [[nodiscard]] bool is_over() const noexcept { return completed_.load(std::memory_order_acquire); }
  // True so many times in a turn. A task whose operations never need to wait would otherwise keep
  // the thread for itself.
  [[nodiscard]] bool consume_budget() noexcept {
    if (budget_ == 0) return false;
    --budget_;
    return true;
  }
  // An operation has moved so many bytes: a large one counts as several. A download in pieces of
  // 64 KiB would otherwise hold the thread sixteen times as long as one in pieces of 4 KiB.
  void charge(std::size_t bytes) noexcept {
    constexpr std::size_t kBytesAnOperation = 4096;
    const std::size_t operations = bytes / kBytesAnOperation;
    budget_ -= static_cast<std::uint32_t>(std::min<std::size_t>(budget_, operations));
  }

  // -- stopping -----------------------------------------------------------------------------------
  // The operation in which the task waits ends as cancelled, unless it can end with its result; each
  // that it begins afterwards does so at once. Asking twice changes nothing.
  void request_stop();
  [[nodiscard]] bool stop_requested() const noexcept { return stop_requested_; }
  // One more of its waits has ended as cancelled. From the 10,000th on this throws std::logic_error: a
  // task that loops around waits whose results it does not look at would spin for ever.
  void count_cancelled_wait();
  // The same as a token, for code that knows nothing of this runtime.
  [[nodiscard]] std::stop_token stop_token();

  // The task as other threads know it: see remote_waker.hpp. Made when it is asked for first.
  [[nodiscard]] const std::shared_ptr<RemoteTask>& remote();

  // -- seeing -------------------------------------------------------------------------------------
  [[nodiscard]] Scheduler& scheduler() const noexcept { return *scheduler_; }
  // True for the scheduler in which it was started, from any thread, also when it is over.
  [[nodiscard]] bool belongs_to(const Scheduler& scheduler) const noexcept {
    return home_ == &scheduler;
  }
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }  // counts from 1 in its scheduler
  [[nodiscard]] std::uint64_t parent_id() const noexcept { return parent_id_; }  // 0: none
  [[nodiscard]] std::source_location spawned_at() const noexcept { return spawned_at_; }
  // The waiter in which it is suspended, and since when; null while it runs.
  [[nodiscard]] Waiter* parked_in() const noexcept { return parked_in_; }
  [[nodiscard]] Clock::time_point parked_since() const noexcept { return parked_since_; }
  // The coroutine that is suspended there; null before the first and after the last.
  [[nodiscard]] const PromiseBase* innermost() const noexcept { return innermost_; }
  // How often it has run. A RemoteWaker for an earlier turn is void.
  [[nodiscard]] std::uint64_t turns() const noexcept { return turns_; }

  // Woken at its end: the wait of its JoinHandle.
  [[nodiscard]] WaiterSlot& joiner() noexcept { return joiner_; }
  // Told of its end, once; null for none.
  void set_observer(CompletionObserver* observer) noexcept { observer_ = observer; }
  [[nodiscard]] bool is_observed_by(const CompletionObserver& observer) const noexcept {
    return observer_ == &observer;
  }
  [[nodiscard]] TaskHook& group_hook() noexcept { return group_hook_; }
  // Its result will not be asked for: an exception is reported, now or when the task ends. From
  // any thread.
  void detach() noexcept;
  // True while its coroutines are being destroyed.
  [[nodiscard]] bool is_ending() const noexcept { return over_ && !is_over(); }
  // The exception that ended it, until it is taken; null if there is none.
  [[nodiscard]] virtual std::exception_ptr exception() const noexcept { return nullptr; }
  // The error that it returned, if it returns a Result.
  [[nodiscard]] virtual std::error_code error() const noexcept { return {}; }

 private:
  friend class Scheduler;    // starts it
  friend class Waiter;       // parks it
  friend class PromiseBase;  // ends it

  // The task is over or given up: keeps what it returned, if anything, or `failure` instead, and
  // destroys its coroutine, parameters and all.
  virtual void store_outcome([[maybe_unused]] std::exception_ptr failure) noexcept {}
  void end(std::exception_ptr failure = nullptr);  // stores the outcome, and wakes its joiner
  void destroy_callees() noexcept;
  void report_unjoined() noexcept;
  [[nodiscard]] std::logic_error misuse(const char* what) const;  // names the task

  std::coroutine_handle<> next_;      // resumed when it runs
  Scheduler* scheduler_ = nullptr;    // null: not started, or over
  const Scheduler* home_ = nullptr;   // where it was started; may be gone
  Waiter* parked_in_ = nullptr;       // not owned: it lives in the frame of `innermost_`
  PromiseBase* innermost_ = nullptr;  // the coroutine that waits there
  WaiterSlot joiner_;
  CompletionObserver* observer_ = nullptr;       // not owned
  std::shared_ptr<TaskContext> self_;            // while it is alive in a scheduler, that keeps it
  std::shared_ptr<RemoteTask> remote_;           // made at the first `remote`
  std::optional<std::stop_source> stop_source_;  // made at the first `stop_token`
  std::source_location spawned_at_;
  std::uint64_t id_ = 0;
  std::uint64_t parent_id_ = 0;
  std::uint64_t turns_ = 0;
  Clock::time_point parked_since_{};
  std::uint32_t budget_ = 0;
  std::uint32_t cancelled_waits_ = 0;
  bool over_ = false;  // its first coroutine has returned, or it was given up
  std::atomic<bool> completed_ = false;
  std::atomic<bool> detached_ = false;
  std::atomic<bool> reported_ = false;  // its exception, so that it is not reported twice
  bool stop_requested_ = false;
  TaskHook group_hook_{*this};
  TaskHook ready_hook_{*this};
};

}  // namespace async
