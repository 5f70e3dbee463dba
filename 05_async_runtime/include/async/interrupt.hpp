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
#include <system_error>
#include <utility>

#include "async/waiter.hpp"

namespace async {

template <std::derived_from<Waiter> Op>
class Interruptible;

// For one operation at a time, and for one thread. It has to outlive the operation.
class Interrupt {
 public:
  Interrupt() = default;
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // Nothing happens if no operation waits at the moment.
  void trigger() noexcept {
    if (waiting_ == nullptr) return;
    was_triggered_ = true;
    waiting_->wake();
  }
  // The same operation; errc::interrupted if `trigger` was called while it waited.
  template <std::derived_from<Waiter> Op>
  [[nodiscard]] Interruptible<Op> interruptible(Op operation) {
    return Interruptible<Op>(*this, std::move(operation));
  }

 private:
  template <std::derived_from<Waiter> Op>
  friend class Interruptible;
  Waiter* waiting_ = nullptr;  // not owned
  bool was_triggered_ = false;
};

template <std::derived_from<Waiter> Op>
class [[nodiscard]] Interruptible final : public Op {
 public:
  Interruptible(Interrupt& interrupt, Op operation)
      : Op(std::move(operation)), interrupt_(interrupt) {}
  // Before it begins.
  Interruptible(Interruptible&& other) noexcept
      : Op(static_cast<Op&&>(other)), interrupt_(other.interrupt_) {}
  ~Interruptible() override {
    if (interrupt_.waiting_ == this) interrupt_.waiting_ = nullptr;
  }

 protected:
  bool attempt() override {
    // #region interrupt.attempt
    if (Op::attempt()) return true;
    const bool is_over = interrupt_.waiting_ == this && interrupt_.was_triggered_;
    if (is_over) this->fail(std::make_error_code(std::errc::interrupted));
    return is_over;
    // #endregion interrupt.attempt
  }
  bool park() override {
    if (interrupt_.waiting_ != this) interrupt_.was_triggered_ = false;
    interrupt_.waiting_ = this;
    return Op::park();
  }

 private:
  Interrupt& interrupt_;
};

}  // namespace async
