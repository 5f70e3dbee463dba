// The frame of a coroutine, as the runtime sees it: what is to be resumed, and what waits for it.
//
// A task that awaits another task resembles a function that calls a function: one of them runs, and
// the others wait for it to return. All coroutines of such a chain share one TaskContext.
//
//   serve()  <--caller--  echo()  <--caller--  send_line()       <- parked in stream.write_all(...)
//      |                     |                     |
//      +---------------------+---------------------+-----> TaskContext
//
// The stack does not grow. A coroutine that awaits another one does not resume it: it records it as
// the next to run, and suspends. Control returns to TaskContext::run, which is a loop, and the loop
// resumes the recorded coroutine. (Symmetric transfer, where `await_suspend` returns the next
// coroutine, is meant for this, but it is a jump only in optimised code. In a debug build, or under
// AddressSanitizer, it is a call, and a few tens of thousands of them overflow the stack.)
#pragma once

#include <coroutine>
#include <memory>
#include <source_location>

namespace async {

class PromiseBase;
class TaskContext;

// Owns a coroutine's frame through the promise in it.
struct DestroyFrame {
  void operator()(PromiseBase* promise) const noexcept;
};
using OwnedFrame = std::unique_ptr<PromiseBase, DestroyFrame>;

// What every coroutine of a task keeps in its promise, whatever its result type.
class PromiseBase {
 public:
  explicit PromiseBase(std::coroutine_handle<> self) noexcept : self_(self) {}
  // Unlinks the operation that this coroutine waits in: after `co_await std::move(*pointer)` the
  // operation is not in this frame, and must not wake a coroutine that is gone.
  ~PromiseBase();
  PromiseBase(const PromiseBase&) = delete;
  PromiseBase& operator=(const PromiseBase&) = delete;

  // Valid once the coroutine has begun.
  [[nodiscard]] TaskContext& context() const noexcept { return *context_; }
  [[nodiscard]] std::coroutine_handle<> coroutine() const noexcept { return self_; }
  [[nodiscard]] const PromiseBase* caller() const noexcept { return caller_; }  // null: the first
  // The `co_await` at which the coroutine is suspended.
  [[nodiscard]] std::source_location awaiting_at() const noexcept { return awaiting_at_; }
  void set_awaiting_at(std::source_location where) noexcept { awaiting_at_ = where; }

  // This coroutine runs next in `context`, and `caller` when this one returns; a null `caller`
  // marks the first coroutine of a task.
  void begin_in(TaskContext& context, PromiseBase* caller = nullptr) noexcept;
  // The same for a coroutine that `caller` awaits.
  void begin_for(PromiseBase& caller) noexcept { begin_in(*caller.context_, &caller); }
  // Sets what owns this coroutine; the owner stays where it is while the coroutine is awaited.
  void set_owner(OwnedFrame& owner) noexcept { owner_ = &owner; }
  // The coroutine has returned and is about to be suspended for the last time: its caller runs
  // next.
  void return_to_caller() noexcept;
  // Destroys this coroutine and those that wait for it, except the first. If this were left to the
  // destructors, each would destroy its callee from inside its own destructor: a chain of 100,000
  // would take as many stack frames.
  void destroy_chain() noexcept;

 private:
  std::coroutine_handle<> self_;
  TaskContext* context_ = nullptr;
  PromiseBase* caller_ = nullptr;
  OwnedFrame* owner_ = nullptr;  // in the frame of the caller; null for the first
  std::source_location awaiting_at_;
};

}  // namespace async
