// Room for one waiter, for what only one task at a time may wait for.
//
//   WaiterSlot reader;                        // in the thing that is waited for
//   bool park() override {                    // in the operation that waits
//     return reader.take(*this) || refuse(Errc::already_waiting);
//   }
//   reader.wake();
//
// Each of the two may be destroyed first. A waiter stays until its operation is over, the ready list
// included: until then no other one gets in.
#pragma once

#include "async/core/intrusive_list.hpp"
#include "async/core/waiter.hpp"

namespace async {

class WaiterSlot {
 public:
  // False if it is taken by another waiter. Taking it again changes nothing.
  [[nodiscard]] bool take(Waiter& waiter) noexcept {
    if (is_taken_by_other_than(waiter)) return false;
    waiters_.push_back(waiter);
    return true;
  }
  // Whether another waiter has it.
  [[nodiscard]] bool is_taken_by_other_than(const Waiter& waiter) const noexcept {
    return !waiters_.empty() && waiters_.front() != &waiter;
  }
  [[nodiscard]] Waiter* waiter() const noexcept { return waiters_.front(); }  // null: free
  void wake() noexcept {
    if (Waiter* const waiting = waiter()) waiting->wake();
  }
  // Free from now on. The waiter that had it is woken, and finds itself evicted.
  void evict() noexcept {
    if (Waiter* const waiting = waiters_.pop_front()) waiting->wake();
  }

 private:
  IntrusiveList<Waiter> waiters_;  // one at most
};

}  // namespace async
