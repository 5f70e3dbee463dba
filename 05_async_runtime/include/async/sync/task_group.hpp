// Tasks that belong together: none of them outlives the group.
//
//   async::Task<sys::Result<>> copy_both_ways(async::TcpStream& a, async::TcpStream& b) {
//     async::TaskGroup group;
//     group.spawn(copy(a, b));
//     group.spawn(copy(b, a));                             // both use what lives in this frame ...
//     co_return co_await group.join();                     // ... and are over when this returns
//   }
//
// If one of them fails, the others are asked to stop: it throws, or returns a Result with an error.
// `join` waits for all of them in every case and then tells the first failure. Further exceptions are
// reported (Scheduler::on_unjoined_exception), so none of them is lost.
//
// Destructor's precondition: no task is left in the group, so `join` before it goes. A group that is
// destroyed with tasks in it ends the program, because those tasks may use what is about to go with
// it. One of its own tasks must not be what keeps it alive: the last of them would destroy it. (Not when the runtime is destroyed: then its tasks go first.) If something between the first
// `spawn` and the `join` may throw, use `with_group`, which joins in every case.
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

// When the end of one task asks the others of its group to stop.
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

  // Runs beside the others, from the next turn on. In a group that was cancelled it starts as one
  // that has been asked to stop. What is returned is for the task's result, once it is over.
  template <Awaitable A>
  std::shared_ptr<Spawned<AwaitResult<A>>> spawn(
      A awaitable, std::source_location where = std::source_location::current()) {
    auto spawned = make_spawned(std::move(awaitable), where);
    start(spawned);
    return spawned;
  }
  // The same for a task that is made already: this takes no memory, so several start, or none does.
  void start(const std::shared_ptr<TaskContext>& task);

  // Asks all of them to stop, and those that are spawned later.
  void cancel();

  // Waits until all are over. Throws the first exception, or fails with the first error; after
  // `cancel`, operation_canceled counts as no error. If the waiting task is asked to stop, so are
  // the tasks, and it goes on waiting for them; it then fails with operation_canceled. EDEADLK, at
  // once, for a task of this group: it would wait for itself.
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

  // The task that ended first; null if none has. Only as long as something keeps it.
  [[nodiscard]] const TaskContext* first_to_end() const noexcept { return first_to_end_; }
  [[nodiscard]] bool is_empty() const noexcept { return members_.empty(); }

 protected:
  void on_completion(TaskContext& task) override;
  // `task` is over, and how it ended is of no interest.
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
// even if the body fails or throws. With the group's default, one that fails stops all others. Name the body on the line before:
//   auto body = [&](async::TaskGroup& group) -> async::Task<> { ... co_return; };
//   auto done = co_await async::with_group(body);
template <class Body>
Task<sys::Result<>> with_group(Body body, CancelRest when = CancelRest::after_failure) {
  TaskGroup group(when);
  group.spawn(body(group));
  co_return co_await group.join();
}

}  // namespace async
