// The right to wake a waiter, for other threads.
//
// A waiter lives in a coroutine's frame, and only the runtime's own thread knows whether that frame
// is still there. So other threads do not hold its address. They hold a waker: the task, as other
// threads know it, and which of its waits is meant. Waking leaves a note for the runtime's thread,
// which looks whether the task still is in that wait; if not, nothing happens.
//
// Making a waker may take memory, for the first one of a task. Waking takes none and cannot fail: a
// wake-up is never lost.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "async/core/context.hpp"
#include "async/core/intrusive_list.hpp"
#include "async/core/scheduler.hpp"

namespace async {

// A task as other threads know it. They must not touch the task itself, which may end at any moment,
// so they leave a note, and the scheduler's own thread reads it. All memory that this takes is taken
// when it is made: a note cannot fail.
class RemoteTask : public ListHook, public std::enable_shared_from_this<RemoteTask> {
 public:
  RemoteTask(TaskContext& task, Scheduler::Handle home) noexcept
      : home_(std::move(home)), task_(&task) {}

  // True in the task's own thread, while its scheduler runs.
  [[nodiscard]] bool is_here() const noexcept { return home_.is_here(); }

  // -- in that thread -----------------------------------------------------------------------------
  // Wakes the task if it is still in the wait of that run.
  void wake(std::uint64_t run) noexcept;
  void forget_task() noexcept { task_ = nullptr; }
  [[nodiscard]] TaskContext* task() const noexcept { return task_; }  // null once it is over

  // -- from any thread ----------------------------------------------------------------------------
  void wake_later(std::uint64_t run) noexcept { ask(run, false); }
  void request_stop();

 private:
  friend class Scheduler;  // takes the notes
  void ask(std::uint64_t run, bool stop) noexcept;

  Scheduler::Handle home_;
  TaskContext* task_;  // for its own thread only; null once it is over
  // Guarded by the mutex of the shared state:
  std::uint64_t run_ = 0;             // the latest wait that is to end; 0: none
  bool stop_ = false;                 // the task is to stop
  std::shared_ptr<RemoteTask> self_;  // while it stands in the list
};

// What a scheduler shares with its handles.
struct Scheduler::Handle::SharedState {
  std::mutex mutex;                 // guards everything below
  Scheduler* scheduler;             // null once it is gone
  IntrusiveList<RemoteTask> asked;  // tasks that are to be woken, or stopped
};

class RemoteWaker {
 public:
  RemoteWaker() = default;  // of no task
  // For the wait that `task` is beginning, from inside Waiter::park.
  explicit RemoteWaker(TaskContext& task) : task_(task.remote()), run_(task.runs()) {}

  // From any thread, at any time.
  void wake() const noexcept;

 private:
  std::shared_ptr<RemoteTask> task_;
  std::uint64_t run_ = 0;
};

}  // namespace async
