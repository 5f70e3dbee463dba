// Tasks that belong together: none of them outlives the group.
//
//   async::Task<sys::Result<>> copy_both_ways(async::TcpStream& a, async::TcpStream& b) {
//     async::TaskGroup group;
//     group.spawn(copy(a, b));
//     group.spawn(copy(b, a));                             // both use what lives in this frame ...
//     co_return co_await group.join();                     // ... and are over when this returns
//   }
//
// If one of the tasks fails, which means that it throws, or returns a Result with an error, the
// others are asked to stop. `join` waits for all of them in every case and then reports the first
// failure. Further exceptions are reported (Scheduler::on_unjoined_exception), so none of them is
// lost.
//
// Precondition of the destructor: no task is left in the group, so `join` first. Destroying a group
// with tasks in it ends the program, because those tasks may use objects that are about to be
// destroyed with it. The group must not be kept alive by one of its own tasks, either: the last of
// them would destroy it. (Both are allowed when the runtime is destroyed: then the tasks are
// destroyed first.) If something between the first `spawn` and the `join` may throw, use
// `with_group`, which joins in every case.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <source_location>
#include <system_error>
#include <utility>

#include "async/core/operation.hpp"
#include "async/core/scheduler.hpp"
#include "async/core/spawn.hpp"
#include "async/core/waiter_slot.hpp"

namespace async {

// When the end of one task makes the group ask the others to stop.
enum class CancelRest : std::uint8_t {
  never,
  after_exception,
  after_failure,  // an exception, or a Result with an error
  after_first,    // whichever way it ended
};

class TaskGroup : private CompletionObserver {
 public:
  explicit TaskGroup(CancelRest when = CancelRest::after_failure) noexcept : when_(when) {}
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Runs beside the other tasks, from the next turn on. In a group that was cancelled the task
  // starts with a request to stop. The returned pointer gives access to the task's result, once it
  // is over.
  template <Awaitable A>
  std::shared_ptr<Spawned<AwaitResult<A>>> spawn(
      A awaitable, std::source_location where = std::source_location::current()) {
    auto spawned = make_spawned(std::move(awaitable), where);
    start(spawned);
    return spawned;
  }
  // The same for a task that is already made. It allocates nothing, so several tasks can be started
  // together, all or none.
  void start(const std::shared_ptr<TaskContext>& task);

  // Asks all tasks to stop, and those that are spawned later.
  void cancel();

  // Waits until all tasks are over. Throws the first exception, or fails with the first error;
  // after `cancel`, operation_canceled does not count as an error. If the waiting task is asked to
  // stop, so are the tasks, and it still waits for them; it then fails with operation_canceled.
  // EDEADLK, at once, for a task of this group: it would wait for itself.
  class [[nodiscard]] Join : public Operation<> {
   public:
    explicit Join(TaskGroup& group) noexcept : group_(group) {}
    [[nodiscard]] sys::Result<> await_resume();

   protected:
    bool attempt() override { return group_.members_.empty(); }
    bool park() override;
    bool on_cancel() override;

   private:
    TaskGroup& group_;
    bool was_stopped_ = false;
  };
  [[nodiscard]] Join join() { return Join(*this); }

  // The task that ended first; null if none has. Valid only while something keeps the task alive.
  [[nodiscard]] const TaskContext* first_to_end() const noexcept { return first_to_end_; }
  [[nodiscard]] bool is_empty() const noexcept { return members_.empty(); }

 protected:
  void on_completion(TaskContext& task) override;
  // `task` is over, and its outcome is ignored.
  void forget(TaskContext& task) {
    task.group_hook().unlink();
    if (members_.empty()) joiner_.wake();
  }

 private:
  CancelRest when_;
  bool cancelled_ = false;
  IntrusiveList<TaskHook> members_;  // those that are not over
  const TaskContext* first_to_end_ = nullptr;
  std::exception_ptr exception_;  // of the first that failed, by exception
  std::error_code error_;         // ... or by error
  WaiterSlot joiner_;
};

// Runs `body(group)`, which returns a Task, as the first task of a new group, and joins the group
// even if the body fails or throws. With the default of `when`, a task that fails stops all others.
// Name the body on the line before:
//   auto body = [&](async::TaskGroup& group) -> async::Task<> { ... co_return; };
//   auto done = co_await async::with_group(body);
template <class Body>
Task<sys::Result<>> with_group(Body body, CancelRest when = CancelRest::after_failure) {
  TaskGroup group(when);
  group.spawn(body(group));
  co_return co_await group.join();
}

}  // namespace async
