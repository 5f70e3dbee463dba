// The tasks that are ready to run.
//
// Events, timers and other tasks append tasks; the scheduler resumes them one after the other.
// Three rules keep the list fair:
//   snapshot  A task that becomes ready while others run waits for the next snapshot. Two tasks
//             that keep waking each other do so once per snapshot, and a turn takes a bounded
//             number of snapshots.
//   budget    A turn resumes a limited number of tasks. The others keep their places.
//   deferred  A task that has used up its own budget waits for the next turn, not for the next
//             snapshot.
#pragma once

#include <cstddef>

#include "async/core/context.hpp"
#include "async/core/intrusive_list.hpp"

namespace async {

class ReadyList {
 public:
  // Never fails: the list is linked through the tasks themselves.
  void push_back(TaskHook& task) noexcept { arrived_.push_back(task); }

  // The same for a task that must not run before the next turn.
  void defer(TaskHook& task) noexcept { deferred_.push_back(task); }
  // Called when the next turn begins.
  void admit_deferred() noexcept { arrived_.take_all(deferred_); }

  [[nodiscard]] bool empty() const noexcept {
    return arrived_.empty() && snapshot_.empty() && deferred_.empty();
  }

  // One round: resumes the tasks of the snapshot, at most `budget` of them, and returns how many. A
  // round begins with a new snapshot if the last one is used up, and takes no second one. A task
  // that is ended by one before it has already left the list.
  std::size_t run(std::size_t budget);

 private:
  IntrusiveList<TaskHook> arrived_;   // ready since the snapshot was taken
  IntrusiveList<TaskHook> snapshot_;  // to be resumed in this round
  IntrusiveList<TaskHook> deferred_;  // until the next turn
};

}  // namespace async
