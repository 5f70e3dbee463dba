// A slot for one waiter, in an object that only one task at a time may wait for.
//
//   WaiterSlot reader;                        // in the thing that is waited for
//   bool park() override {                    // in the operation that waits
//     return reader.take(*this) || refuse(Errc::already_waiting);
//   }
//   reader.wake();
//
// The slot and the waiter may be destroyed in either order. A waiter occupies the slot until its
// operation is over, also while its task is on the ready list: until then no other waiter can take
// the slot.
#pragma once

#include "async/core/intrusive_list.hpp"
#include "async/core/waiter.hpp"

namespace async {

class WaiterSlot {
 public:
  // False if another waiter has taken the slot. Taking it again changes nothing.
  [[nodiscard]] bool take(Waiter& waiter) noexcept {
    if (is_taken_by_other_than(waiter)) return false;
    waiters_.push_back(waiter);
    return true;
  }
  // Whether another waiter has taken the slot.
  [[nodiscard]] bool is_taken_by_other_than(const Waiter& waiter) const noexcept {
    return !waiters_.empty() && waiters_.front() != &waiter;
  }
  [[nodiscard]] Waiter* waiter() const noexcept { return waiters_.front(); }  // null: free
  void wake() noexcept {
    if (Waiter* const waiting = waiter()) waiting->wake();
  }
  // Frees the slot. The waiter that had taken it is woken, and `is_evicted` is true for it.
  void evict() noexcept {
    if (Waiter* const waiting = waiters_.pop_front()) waiting->wake();
  }

 private:
  IntrusiveList<Waiter> waiters_;  // one at most
};

}  // namespace async
