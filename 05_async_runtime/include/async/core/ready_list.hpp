// Who can go on.
//
// Events, timers and other tasks put waiters at the end; once a turn the runtime lets them go on, one
// after the other. Two rules keep it fair:
//   snapshot  Who becomes ready while others run waits for the next snapshot. Two tasks that wake
//             each other for ever cannot keep the loop from looking at its descriptors.
//   budget    No turn lets more than so many go on. The others keep their places.
#pragma once

#include <cstddef>

#include "async/core/intrusive_list.hpp"
#include "async/core/waiter.hpp"

namespace async {

class ReadyList {
 public:
  // Never fails: the list consists of the waiters themselves.
  void push_back(Waiter& waiter) noexcept { arrived_.push_back(waiter); }

  [[nodiscard]] bool empty() const noexcept { return arrived_.empty() && snapshot_.empty(); }

  // Lets those of the snapshot go on, at most `budget` of them, and returns how many. A new snapshot
  // is taken when the last one has been used up. A waiter that is destroyed by one before it is
  // simply no longer there.
  std::size_t run(std::size_t budget);

 private:
  IntrusiveList<Waiter> arrived_;   // ready since the snapshot was taken
  IntrusiveList<Waiter> snapshot_;  // whose turn it is
};

}  // namespace async
