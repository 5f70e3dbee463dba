// Room for one waiter, for what only one task at a time may wait for.
//
//   WaiterSlot reader;                        // in the thing that is waited for
//   WaiterSlot::Hold hold;                    // in the operation that waits
//   if (!hold.take(reader, *this)) return fail(Errc::already_waiting), false;
//   reader.wake();
//
// Each of the two may be destroyed first; the other one is told. A hold is kept until the operation is
// over, the ready list included: until then no other operation gets in.
#pragma once

#include "async/core/intrusive_list.hpp"
#include "async/core/waiter.hpp"

namespace async {

class WaiterSlot {
 public:
  class Hold : public ListHook {
   public:
    // False if the slot is taken by another waiter. Taking it again changes nothing.
    [[nodiscard]] bool take(WaiterSlot& slot, Waiter& waiter) noexcept {
      if (slot.is_taken_from(*this)) return false;
      waiter_ = &waiter;
      slot.holds_.push_back(*this);
      return true;
    }
    void release() noexcept {
      // #region waiter_slot.release
      unlink();
      // #endregion waiter_slot.release
    }

   private:
    friend class WaiterSlot;
    Waiter* waiter_ = nullptr;  // not owned
  };

  // Whether a waiter other than the one of `hold` has it.
  [[nodiscard]] bool is_taken_from(const Hold& hold) const noexcept {
    return !holds_.empty() && holds_.front() != &hold;
  }
  [[nodiscard]] Waiter* waiter() const noexcept {  // null: free
    return holds_.empty() ? nullptr : holds_.front()->waiter_;
  }
  void wake() noexcept {
    if (Waiter* const waiting = waiter()) waiting->wake();
  }
  // Free from now on. Returns the waiter that had it, which is not woken.
  Waiter* evict() noexcept {
    Hold* const hold = holds_.pop_front();
    return hold == nullptr ? nullptr : hold->waiter_;
  }

 private:
  IntrusiveList<Hold> holds_;  // one at most
};

}  // namespace async
