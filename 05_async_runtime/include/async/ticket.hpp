// The right to wake a waiter, for other threads.
//
// A waiter lives in a coroutine's frame, and only the runtime's own thread knows whether that frame
// is still there. So other threads do not hold its address. They hold a ticket: the task, and which
// of its waits is meant. It travels through the loop (Runtime::Handle::post) and is looked at in the
// right thread. By then the task may be over, or wait for something else: then nothing happens.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "async/context.hpp"
#include "async/runtime.hpp"

namespace async {

class Ticket {
 public:
  Ticket() = default;  // for nobody
  // For the wait that `task` is beginning, from inside Waiter::park.
  explicit Ticket(TaskContext& task)
      : runtime_(task.runtime().handle()), task_(task.weak_from_this()), turn_(task.turns()) {}

  // From any thread, at any time.
  void wake() const;

 private:
  std::optional<Runtime::Handle> runtime_;
  std::weak_ptr<TaskContext> task_;  // locked in the task's own thread only
  std::uint64_t turn_ = 0;
};

}  // namespace async
