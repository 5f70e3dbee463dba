// Ends one wait of a task early, without asking the task to stop.
//
//   async::Interrupt news;
//   auto count = co_await news.interruptible(stream.read(buffer));
//   if (!count && count.error() == std::errc::interrupted) look_at_the_news();
//   ...
//   news.trigger();                                        // from another task, or a callback
//
// The operation has then done nothing, and what the task awaits next is not cancelled. If the result
// comes in the same turn, the result wins.
#pragma once

#include <concepts>
#include <cstdint>
#include <system_error>
#include <utility>

#include "async/core/error.hpp"
#include "async/core/waiter.hpp"
#include "async/core/waiter_slot.hpp"

namespace async {

template <std::derived_from<Waiter> Op>
class Interruptible;

// For one operation at a time (a second one gets Errc::already_waiting), and for one thread. It has to
// outlive the operation.
class Interrupt {
 public:
  Interrupt() = default;
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // Ends the wait of the present operation, if there is one.
  void trigger() noexcept {
    ++times_;
    waiting_.wake();
  }
  // The same operation; errc::interrupted if `trigger` is called before it is over, whether it is
  // parked by then or still waits for its task's turn.
  template <std::derived_from<Waiter> Op>
  [[nodiscard]] Interruptible<Op> interruptible(Op operation) {
    return Interruptible<Op>(*this, std::move(operation));
  }

 private:
  template <std::derived_from<Waiter> Op>
  friend class Interruptible;
  WaiterSlot waiting_;
  std::uint64_t times_ = 0;  // that it was triggered
};

template <std::derived_from<Waiter> Op>
class [[nodiscard]] Interruptible final : public Op {
 public:
  Interruptible(Interrupt& interrupt, Op operation)
      : Op(std::move(operation)), interrupt_(interrupt), times_before_(interrupt.times_) {}

 protected:
  bool attempt() override {
    // #region interrupt.attempt
    if (Op::attempt()) return true;
    const bool is_over = interrupt_.times_ != times_before_;
    if (is_over) this->fail(std::make_error_code(std::errc::interrupted));
    return is_over;
    // #endregion interrupt.attempt
  }
  bool park() override {
    if (hold_.take(interrupt_.waiting_, *this)) return Op::park();
    this->fail(make_error_code(Errc::already_waiting));
    return false;
  }

 private:
  Interrupt& interrupt_;
  std::uint64_t times_before_;
  WaiterSlot::Hold hold_;
};

}  // namespace async
