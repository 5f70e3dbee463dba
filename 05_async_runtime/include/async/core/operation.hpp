// An operation that is attempted, and waits if it has to: the innermost thing to await.
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
//     bool park() override {                               // ... or wait where `push` finds it
//       queue_.waiting.push_back(*this);
//       return true;
//     }
//     Queue& queue_;
//   };
//   Pop pop(Queue& queue) { return Pop(queue); }
//   ...
//   sys::Result<int> number = co_await pop(queue);         // from a Task
//
// An operation is an awaiter, never a coroutine: it lives in the frame of the coroutine that awaits
// it, and allocates nothing. It is awaited where it is made, and only once: awaiting a named
// operation does not compile, unless it is moved from. Its result has to be used, or cast to void.
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

// Ends with a Result<T>. If its task is asked to stop, the error is errc::operation_canceled: at
// once if the operation begins after the request, otherwise as soon as it would have to
// wait again.
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

// The awaiter that `co_await` uses for an operation: it refers to the operation, which stays where
// it is. (Without this class, g++ 12 would copy the operation and await the copy.)
template <class Op>
class [[nodiscard]] Awaiting {
 public:
  explicit Awaiting(Op& operation) noexcept : operation_(operation) {}
  // Always goes through await_suspend, which receives the coroutine and the source location. If
  // there is nothing to wait for, await_suspend returns false, and the coroutine is not suspended.
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

// `co_await` consumes the operation, so it has to be a temporary, or moved. What a named operation
// refers to might be gone by the time it is awaited, and an operation that is over has no second
// result.
template <class Op>
  requires(std::derived_from<Op, Waiter> && !std::is_const_v<Op>)
[[nodiscard]] Awaiting<Op> operator co_await(Op && operation) noexcept {
  return Awaiting<Op>(operation);
}
template <std::derived_from<Waiter> Op>
void operator co_await(Op& operation) = delete;

}  // namespace async
