// A coroutine that returns a T, or throws.
//
//   async::Task<int> answer() { co_return 42; }
//   async::Task<std::string> sentence() {
//     const int number = co_await answer();                // runs answer() to its end first
//     co_return "It is " + std::to_string(number);
//   }
//   std::string text = async::block_on(sentence());
//
// A Task is lazy: nothing runs before it is awaited, or spawned. Awaiting resembles a call: an
// exception passes from the awaited task to the one that awaits it, and both run in the same
// TaskContext. To run two tasks concurrently, spawn one of them (spawn.hpp), or await both at once
// (when.hpp).
//
// A Task owns its coroutine's frame, and so do the temporaries of `co_await`: the frame of a task
// that waits owns the frame of the task it waits for, and so on. When a spawned task is abandoned,
// the frames are destroyed from the innermost outwards. A task must not be destroyed while it runs;
// code that awaits or spawns it has no way to do so.
//
// These programming errors throw std::logic_error, in every build: awaiting or spawning a Task that
// was moved from, and reaching the end of a Task<T> without a `co_return`.
//
// Parameters are copied into the frame, and references are copied as references: what they refer to
// has to live as long as the task. A lambda that is a coroutine must have no captures, since
// captures live in the closure and not in the frame; give it parameters instead.
#pragma once

#include <concepts>
#include <coroutine>
#include <exception>
#include <source_location>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

#include "async/core/promise_base.hpp"
#include "syscall/todo.hpp"

namespace async {

// Stands for the value of a Task<void> where a value is needed.
struct Void {};

// How a task ended: with a value, with an exception, or (so far) not at all.
template <class T>
class Outcome {
 public:
  using Value = std::conditional_t<std::is_void_v<T>, Void, std::remove_cv_t<T>>;

  Outcome() noexcept = default;
  Outcome(Outcome&&) = default;
  // Constructs the value anew, so it need not be assignable.
  Outcome& operator=(Outcome&& other) noexcept(std::is_nothrow_move_constructible_v<Value>) {
    const auto make = [this]<class Held>(Held& held) {
      outcome_.template emplace<Held>(std::move(held));
    };
    std::visit(make, other.outcome_);
    return *this;
  }

  template <class... Args>
  void set_value(Args&&... args) {
    outcome_.template emplace<Value>(std::forward<Args>(args)...);
  }
  void set_exception(std::exception_ptr exception) noexcept { outcome_ = std::move(exception); }

  [[nodiscard]] const Value* value() const noexcept { return std::get_if<Value>(&outcome_); }
  [[nodiscard]] std::exception_ptr exception() const noexcept {
    const auto* const found = std::get_if<std::exception_ptr>(&outcome_);
    return found == nullptr ? nullptr : *found;
  }
  [[nodiscard]] bool is_empty() const noexcept {
    return std::holds_alternative<std::monostate>(outcome_);
  }

  // Returns the value, moved out, or throws the exception. Precondition: the outcome is not empty.
  // If moving the value throws, `take` throws, too.
  T take() {
    // #region 5.1 take
    if (auto* const exception = std::get_if<std::exception_ptr>(&outcome_))
      std::rethrow_exception(*exception);
    if constexpr (!std::is_void_v<T>) return std::move(std::get<Value>(outcome_));
    // #endregion 5.1
  }
  // The same as an R; for a void T, a default-constructed R.
  template <class R>
  R take_as() {
    if constexpr (std::is_void_v<T>) {
      take();
      return R();
    } else {
      return take();
    }
  }

 private:
  // An exception_ptr would be a valid value type, but not in the same variant as the exception.
  static_assert(!std::is_reference_v<T> && !std::is_same_v<T, std::exception_ptr>);
  std::variant<std::monostate, Value, std::exception_ptr> outcome_;
};

// `co_return value` and `co_return` call different functions, and a promise may have only one of
// them.
template <class T>
class PromiseResult {
 public:
  template <std::convertible_to<T> From = T>
  void return_value(From&& value) {
    outcome.set_value(std::forward<From>(value));
  }
  Outcome<T> outcome;
};
template <>
class PromiseResult<void> {
 public:
  void return_void() { outcome.set_value(); }
  Outcome<void> outcome;
};

template <class T = void>
class [[nodiscard]] Task {
 public:
  class promise_type : public PromiseBase, public PromiseResult<T> {
   public:
    promise_type() noexcept
        : PromiseBase(std::coroutine_handle<promise_type>::from_promise(*this)) {}
    Task get_return_object() noexcept { return Task(*this); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    // The frame remains until its owner has taken the outcome.
    std::suspend_always final_suspend() noexcept {
      if (this->outcome.is_empty()) this->outcome.set_exception(without_return());
      this->return_to_caller();
      return {};
    }
    void unhandled_exception() noexcept { this->outcome.set_exception(std::current_exception()); }
  };

  Task() noexcept = default;  // no coroutine

  [[nodiscard]] explicit operator bool() const noexcept { return frame_ != nullptr; }
  // For the runtime; the Task owns the promise. Precondition: there is a coroutine.
  [[nodiscard]] promise_type& promise() const noexcept {
    return static_cast<promise_type&>(*frame_);
  }

  // `co_await` consumes the task, so it has to be a temporary, or moved: co_await std::move(task).
  Task operator co_await() && {
    if (frame_ == nullptr)
      throw std::logic_error("a Task without a coroutine is awaited: was it moved from?");
    return std::move(*this);
  }
  void operator co_await() & = delete;
  // For `co_await`: the task runs in place of the coroutine that awaits it.
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <std::derived_from<PromiseBase> Promise>
  void await_suspend(std::coroutine_handle<Promise> caller,
                     std::source_location where = std::source_location::current()) {
    promise().set_owner(frame_);
    // #region 5.2 call
    caller.promise().set_awaiting_at(where);
    promise().begin_for(caller.promise());
    // #endregion 5.2
  }
  [[nodiscard]] T await_resume() { return promise().outcome.take(); }

 private:
  explicit Task(promise_type& promise) noexcept : frame_(&promise) {}
  static std::exception_ptr without_return() noexcept {
    return std::make_exception_ptr(
        std::logic_error("a Task that has a value to return has ended without a co_return"));
  }

  OwnedFrame frame_;  // its promise is a promise_type
};

}  // namespace async
