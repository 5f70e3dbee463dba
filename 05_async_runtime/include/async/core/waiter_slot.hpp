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

#include <utility>

#include "async/core/waiter.hpp"

namespace async {

class WaiterSlot {
 public:
  class Hold {
   public:
    Hold() noexcept = default;
    Hold(Hold&&) noexcept {}  // before the operation begins: it holds nothing
    ~Hold() { release(); }

    // False if the slot is taken by another waiter. Taking it again changes nothing.
    [[nodiscard]] bool take(WaiterSlot& slot, Waiter& waiter) noexcept {
      if (slot.is_taken_from(*this)) return false;
      slot.waiter_ = &waiter;
      slot.hold_ = this;
      slot_ = &slot;
      return true;
    }
    void release() noexcept {
      // #region waiter_slot.release
      if (slot_ != nullptr) slot_->evict();
      // #endregion waiter_slot.release
    }

   private:
    friend class WaiterSlot;  // tells it that the slot is gone
    WaiterSlot* slot_ = nullptr;
  };

  WaiterSlot() noexcept = default;
  ~WaiterSlot() { evict(); }
  WaiterSlot(const WaiterSlot&) = delete;
  WaiterSlot& operator=(const WaiterSlot&) = delete;

  // Whether a waiter other than the one of `hold` has it.
  [[nodiscard]] bool is_taken_from(const Hold& hold) const noexcept {
    return hold_ != nullptr && hold_ != &hold;
  }
  [[nodiscard]] Waiter* waiter() const noexcept { return waiter_; }  // null: free
  void wake() noexcept {
    if (waiter_ != nullptr) waiter_->wake();
  }
  // Free from now on. Returns the waiter that had it, which is not woken.
  Waiter* evict() noexcept {
    if (hold_ != nullptr) std::exchange(hold_, nullptr)->slot_ = nullptr;
    return std::exchange(waiter_, nullptr);
  }

 private:
  Waiter* waiter_ = nullptr;  // not owned, nor is
  Hold* hold_ = nullptr;
};

}  // namespace async
