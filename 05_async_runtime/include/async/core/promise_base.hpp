// The frame of a coroutine, as the runtime sees it: what is to be resumed, and what waits for it.
//
// A task that awaits a task is a function that calls a function: one of them runs, the others wait
// for it to return. All coroutines of such a chain share one TaskContext.
//
//   serve()  <--caller--  echo()  <--caller--  send_line()       <- parked in stream.write_all(...)
//      |                     |                     |
//      +---------------------+---------------------+-----> TaskContext
//
// The stack does not grow. A coroutine that awaits another one does not resume it: it names it as the
// next to go on, and suspends. Control falls back to TaskContext::run, a loop, and from there into
// the next. (Symmetric transfer, where `await_suspend` returns the next coroutine, is meant for this,
// but it is a jump only in optimised code. In a debug build, or under AddressSanitizer, it is a call,
// and a few ten thousand of them end the program.)
#pragma once

#include <coroutine>
#include <memory>
#include <source_location>

namespace async {

class PromiseBase;
class TaskContext;

// Owns a coroutine's frame, by the promise in it.
struct DestroyFrame {
  void operator()(PromiseBase* promise) const noexcept;
};
using OwnedFrame = std::unique_ptr<PromiseBase, DestroyFrame>;

// What every coroutine of a task keeps in its promise, whatever it returns.
class PromiseBase {
 public:
  explicit PromiseBase(std::coroutine_handle<> self) noexcept : self_(self) {}
  // Takes its wait along: after `co_await std::move(*pointer)` the operation is not in this frame, and must
  // not wake it when it is gone.
  ~PromiseBase();
  PromiseBase(const PromiseBase&) = delete;
  PromiseBase& operator=(const PromiseBase&) = delete;

  // Once it has begun.
  [[nodiscard]] TaskContext& context() const noexcept { return *context_; }
  [[nodiscard]] std::coroutine_handle<> coroutine() const noexcept { return self_; }
  [[nodiscard]] const PromiseBase* caller() const noexcept { return caller_; }  // null: the first
  // The `co_await` in which it is suspended.
  [[nodiscard]] std::source_location awaiting_at() const noexcept { return awaiting_at_; }
  void set_awaiting_at(std::source_location where) noexcept { awaiting_at_ = where; }

  // Runs next in `context`, and `caller` when this one is done; null for the first one of a task.
  void begin_in(TaskContext& context, PromiseBase* caller = nullptr) noexcept;
  // The same for one that `caller` awaits.
  void begin_for(PromiseBase& caller) noexcept { begin_in(*caller.context_, &caller); }
  // What owns it, and stays where it is while this one is awaited.
  void set_owner(OwnedFrame& owner) noexcept { owner_ = &owner; }
  // Done, and about to be suspended for the last time: its caller runs next.
  void return_to_caller() noexcept;
  // Destroys this one and those that wait for it, but for the first. Left to the destructors, each would
  // destroy its callee from inside its own: a chain of 100,000 would take as many stack frames.
  void destroy_chain() noexcept;

 private:
  std::coroutine_handle<> self_;
  TaskContext* context_ = nullptr;
  PromiseBase* caller_ = nullptr;
  OwnedFrame* owner_ = nullptr;  // in the frame of the caller; null for the first
  std::source_location awaiting_at_;
};

}  // namespace async
