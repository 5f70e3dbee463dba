// Which tasks can go on.
//
// Events, timers and other tasks put tasks at the end; the scheduler resumes them, one after the other.
// Three rules keep it fair:
//   snapshot  What becomes ready while others run waits for the next snapshot. Two tasks that wake
//             each other for ever do so once a snapshot, and a turn takes a bounded number of those.
//   budget    No turn resumes more than so many. The others keep their places.
//   deferred  A task that has used up its own budget waits for the next turn, not for the next snapshot.
#pragma once

#include <cstddef>

#include "async/core/context.hpp"
#include "async/core/intrusive_list.hpp"

namespace async {

class ReadyList {
 public:
  // Never fails: the list consists of the tasks themselves.
  void push_back(TaskHook& task) noexcept { arrived_.push_back(task); }

  // The same for one that is not to go on before the next turn.
  void defer(TaskHook& task) noexcept { deferred_.push_back(task); }
  // The next turn begins.
  void admit_deferred() noexcept { arrived_.take_all(deferred_); }

  [[nodiscard]] bool empty() const noexcept {
    return arrived_.empty() && snapshot_.empty() && deferred_.empty();
  }

  // Resumes those of the snapshot, at most `budget` of them, and returns how many. A new snapshot is
  // taken when the last one has been used up. A task that is ended by one before it is simply no longer
  // there.
  std::size_t run(std::size_t budget);

 private:
  IntrusiveList<TaskHook> arrived_;   // ready since the snapshot was taken
  IntrusiveList<TaskHook> snapshot_;  // whose turn it is
  IntrusiveList<TaskHook> deferred_;  // until the next turn
};

}  // namespace async
