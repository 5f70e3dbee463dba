// What can be awaited at the bottom: an operation that tries, and waits if it must.
//
//   class Pop final : public async::Operation<int> {
//    public:
//     explicit Pop(Queue& queue) : queue_(queue) {}
//    private:
//     bool attempt() override {                            // true: it is over
//       if (queue_.empty()) return false;
//       result_ = queue_.pop();
//       return true;
//     }
//     bool park() override {                               // ... or wait where `push` looks
//       queue_.waiting.push_back(*this);
//       return true;
//     }
//     Queue& queue_;
//   };
//   Pop pop(Queue& queue) { return Pop(queue); }
//   ...
//   sys::Result<int> number = co_await pop(queue);         // from a Task
//
// An operation is an awaiter, never a coroutine: it lives in the frame of the coroutine that awaits it, and
// allocates nothing. It is awaited where it is made, and once: one that has a name does not compile,
// unless it is moved from there, and its result has to be looked at, or cast to void.
#pragma once

#include <concepts>
#include <coroutine>
#include <source_location>
#include <system_error>
#include <type_traits>
#include <utility>

#include "async/core/context.hpp"
#include "async/core/waiter.hpp"
#include "syscall/result.hpp"

namespace async {

// Ends with a Result<T>. If its task is asked to stop, that is errc::operation_canceled: at once if
// it begins after the request, otherwise instead of waiting any longer.
template <class T = void>
class [[nodiscard]] Operation : public Waiter {
 public:
  [[nodiscard]] sys::Result<T> await_resume() {
    rethrow();
    return std::move(result_);
  }

 protected:
  void fail(std::error_code error) noexcept override { result_ = sys::failure(error); }

  sys::Result<T> result_ = sys::failure(std::error_code());  // valid once it is over
};

// What `co_await` makes of an operation: the operation itself, which stays where it is. (Without this,
// g++ 12 would make a copy of it, and await that.)
template <class Op>
class [[nodiscard]] Awaiting {
 public:
  explicit Awaiting(Op& operation) noexcept : operation_(operation) {}
  // Always by way of await_suspend, which is told the coroutine and the place. It returns false, and the
  // coroutine is not suspended, if there is nothing to wait for.
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <std::derived_from<PromiseBase> Promise>
  bool await_suspend(std::coroutine_handle<Promise> caller,
                     std::source_location where = std::source_location::current()) {
    return static_cast<Waiter&>(operation_).begin(caller.promise(), where);
  }
  [[nodiscard]] auto await_resume() { return operation_.await_resume(); }

 private:
  Op& operation_;
};

// Awaiting takes the operation over, so it has to be a temporary, or moved. What it was made from may
// be gone when a named one is awaited later, and one that is over has no second result.
template <class Op>
  requires(std::derived_from<Op, Waiter> && !std::is_const_v<Op>)
[[nodiscard]] Awaiting<Op> operator co_await(Op && operation) noexcept {
  return Awaiting<Op>(operation);
}
template <std::derived_from<Waiter> Op>
void operator co_await(Op& operation) = delete;

}  // namespace async
