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

#include "async/core/context.hpp"
#include "async/core/remote_task.hpp"

namespace async {

class RemoteWaker {
 public:
  RemoteWaker() = default;  // of no task
  // For the wait that `task` is beginning, from inside Waiter::park.
  explicit RemoteWaker(TaskContext& task) : task_(task.remote()), turn_(task.turns()) {}

  // From any thread, at any time.
  void wake() const noexcept;

 private:
  std::shared_ptr<RemoteTask> task_;
  std::uint64_t turn_ = 0;
};

}  // namespace async
