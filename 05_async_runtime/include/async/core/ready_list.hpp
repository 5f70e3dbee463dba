// Which tasks can go on.
//
// Events, timers and other tasks put tasks at the end; once a turn the scheduler resumes them, one after
// the other. Two rules keep it fair:
//   snapshot  What becomes ready while others run waits for the next snapshot. Two tasks that wake
//             each other for ever cannot keep the loop from looking at its descriptors.
//   budget    No turn resumes more than so many. The others keep their places.
#pragma once

#include <cstddef>

#include "async/core/context.hpp"
#include "async/core/intrusive_list.hpp"

namespace async {

class ReadyList {
 public:
  // Never fails: the list consists of the tasks themselves.
  void push_back(TaskHook& task) noexcept { arrived_.push_back(task); }

  [[nodiscard]] bool empty() const noexcept { return arrived_.empty() && snapshot_.empty(); }

  // Resumes those of the snapshot, at most `budget` of them, and returns how many. A new snapshot is
  // taken when the last one has been used up. A task that is ended by one before it is simply no longer
  // there.
  std::size_t run(std::size_t budget);

 private:
  IntrusiveList<TaskHook> arrived_;   // ready since the snapshot was taken
  IntrusiveList<TaskHook> snapshot_;  // whose turn it is
};

}  // namespace async
