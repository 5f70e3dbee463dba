// A time limit that is reused for many operations, one after the other, such as those of a
// connection.
//
//   async::Deadline deadline;                              // for as long as the connection
//   const auto later = [] { return async::time_after(10s); };
//   auto count = co_await deadline.limit(stream.read(buffer), later);
//   if (!count && count.error() == std::errc::timed_out) ...
//
// `timeout` (timeout.hpp) sets a timer whenever its operation has to wait, and cancels it
// afterwards. A Deadline leaves its timer set (event_loop/lazy_timer.hpp), and asks for the time
// only if the operation has to wait.
#pragma once

#include <cerrno>
#include <concepts>
#include <system_error>
#include <type_traits>
#include <utility>

#include "async/core/operation.hpp"
#include "async/core/scheduler.hpp"
#include "async/core/spawn.hpp"
#include "event_loop/lazy_timer.hpp"
#include "syscall/result.hpp"

namespace async {

template <std::derived_from<Waiter> Op, class At>
class Limited;

// For one operation at a time. The Deadline has to outlive the operation.
class Deadline final : public event_loop::LazyTimer {
 public:
  // The operation; it fails with errc::timed_out at the time that `at()` returns. `at` is called
  // whenever the operation begins to wait, also when it waits again after a wake-up for nothing.
  template <std::derived_from<Waiter> Op, std::invocable At>
  [[nodiscard]] Limited<Op, At> limit(Op operation, At at) {
    return Limited<Op, At>(*this, std::move(operation), std::move(at));
  }

 private:
  template <std::derived_from<Waiter> Op, class At>
  friend class Limited;
  void on_expiry() override {
    if (Waiter* const expired = std::exchange(waiting_, nullptr)) expired->wake();
  }
  Waiter* waiting_ = nullptr;  // not owned
};

template <std::derived_from<Waiter> Op, class At>
class [[nodiscard]] Limited : public Op {
 public:
  Limited(Deadline& deadline, Op operation, At at)
      : Op(std::move(operation)), deadline_(deadline), at_(std::move(at)) {}
  Limited(Limited&&) = default;
  ~Limited() override {
    if (waits()) deadline_.waiting_ = nullptr;
  }

  [[nodiscard]] AwaitResult<Op> await_resume() {
    auto result = Op::await_resume();
    if (!result && has_expired() && sys::is_errno(result.error(), ECANCELED))
      return sys::failure(std::errc::timed_out);
    return result;
  }

 protected:
  bool attempt() override {
    if (Op::attempt()) return true;  // the result wins, also in the turn in which the time runs out
    return has_expired() && this->on_cancel();
  }
  bool park() override {
    deadline_.expire_at(this->context().scheduler().timers(), at_());
    deadline_.waiting_ = this;
    has_parked_ = true;
    return Op::park();
  }

 private:
  [[nodiscard]] bool waits() const noexcept { return deadline_.waiting_ == this; }
  // The operation has waited, and the deadline has woken it.
  [[nodiscard]] bool has_expired() const noexcept { return has_parked_ && !waits(); }

  Deadline& deadline_;
  [[no_unique_address]] At at_;
  bool has_parked_ = false;
};

}  // namespace async
