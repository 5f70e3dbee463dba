// Ends one wait of a task early, without asking the task to stop.
//
//   async::Interrupt news;
//   auto count = co_await news.interruptible(stream.read(buffer));
//   if (!count && count.error() == std::errc::interrupted) look_at_the_news();
//   ...
//   news.trigger();                                        // from another task, or a callback
//
// The interrupted operation has done nothing, and the operation that the task awaits next is not
// cancelled. If the result arrives in the same turn, the operation ends with the result.
#pragma once

#include <concepts>
#include <system_error>
#include <utility>

#include "async/core/error.hpp"
#include "async/core/intrusive_list.hpp"
#include "async/core/waiter.hpp"

namespace async {

template <std::derived_from<Waiter> Op>
class Interruptible;

// For one operation at a time (a second one fails with Errc::already_waiting), and for one thread.
// The Interrupt has to outlive the operation.
class Interrupt {
 public:
  Interrupt() = default;
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // Ends the wait of the current operation, if there is one.
  void trigger() noexcept {
    if (Link* const link = links_.pop_front()) link->waiter->wake();
  }
  // The same operation. It fails with errc::interrupted if `trigger` is called before it is over,
  // whether it is parked by then or is still waiting for its task's turn.
  template <std::derived_from<Waiter> Op>
  [[nodiscard]] Interruptible<Op> interruptible(Op operation) {
    return Interruptible<Op>(*this, std::move(operation));
  }

 private:
  template <std::derived_from<Waiter> Op>
  friend class Interruptible;
  struct Link : ListHook {
    Waiter* waiter = nullptr;  // null: it has not waited yet
  };
  IntrusiveList<Link> links_;  // one at most
};

template <std::derived_from<Waiter> Op>
class [[nodiscard]] Interruptible final : public Op {
 public:
  Interruptible(Interrupt& interrupt, Op operation)
      : Op(std::move(operation)), interrupt_(interrupt) {}

  [[nodiscard]] auto await_resume() {
    link_.unlink();  // the next operation may begin while this one still exists
    return Op::await_resume();
  }

 protected:
  bool attempt() override {
    // #region interrupt.attempt
    if (Op::attempt()) return true;
    const bool was_triggered = link_.waiter != nullptr && !link_.is_linked();
    if (was_triggered) this->fail(std::make_error_code(std::errc::interrupted));
    return was_triggered;
    // #endregion interrupt.attempt
  }
  bool park() override { return link() && Op::park(); }
  bool defer() override {
    // #region interrupt.defer
    return link() && Op::defer();
    // #endregion interrupt.defer
  }

 private:
  bool link() {
    if (!link_.is_linked() && !interrupt_.links_.empty())
      return this->refuse(Errc::already_waiting);
    link_.waiter = this;
    interrupt_.links_.push_back(link_);
    return true;
  }
  Interrupt& interrupt_;
  Interrupt::Link link_;  // in addition to the waiter's own link, which is used where Op waits
};

}  // namespace async
