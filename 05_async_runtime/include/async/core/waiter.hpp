// What the runtime knows of an operation that is awaited, its operation state: where it stands, and
// which coroutine goes on after it.
//
// A coroutine is suspended in exactly one place, inside one `co_await`, and the object that it awaits
// there is a Waiter. It lives in the coroutine's frame. Its life:
//
//             begin                          wake                       resume
//   (new) ------------> parked ---------------------------> awake ------------> over
//     |    would block    ^   in the source's slot, a line       attempt       the coroutine
//     |                   |   or a timer                            |          goes on
//     +--> over: done     +-----------------------------------------+
//          at once                        would block after all
//
// The source of news for a waiter (the event loop, a timer, another task) only calls `wake`, which
// puts its task on the ready list. The work itself, the read for instance, is done in the task's own turn.
// So an operation that is cancelled, or destroyed, before that has done nothing: no byte is lost.
#pragma once

#include <cstdint>
#include <exception>
#include <source_location>
#include <system_error>

#include "async/core/intrusive_list.hpp"

namespace async {

class PromiseBase;
class TaskContext;
template <class Op>
class Awaiting;

class Waiter : public ListHook {
 public:
  Waiter() noexcept = default;
  Waiter(Waiter&&) noexcept = default;  // before it begins; see ListHook
  // May come at any time, also while it is parked or awake: it leaves the list it stands in, and its
  // task the ready list.
  virtual ~Waiter();

  // Parked: its task is ready. Awake already: nothing happens. It stays in its list until it is over,
  // unless it is taken out. For this thread only; other threads hold a RemoteWaker (remote_waker.hpp).
  void wake() noexcept;

 protected:
  // Does the operation if that is possible now. True when it is over, in success or failure; false
  // if it would block, and nothing has happened.
  virtual bool attempt() = 0;

  // It would block: stands where it will be woken from, or stays in no list if its waker knows it
  // otherwise. False if it cannot wait there; then it is over, and has said why with `fail`.
  virtual bool park() { return true; }

  // Its first attempt comes in a later turn, and what it is about may be gone by then. False if it
  // cannot wait for that; then it is over, and has said why with `fail`.
  virtual bool defer() { return true; }

  // Over, with this error.
  virtual void fail(std::error_code error) noexcept = 0;

  // Its task was asked to stop, or its time is up (timeout.hpp, deadline.hpp). May come before the first
  // attempt, and more than once. True if it is over with that; false: it goes on waiting.
  virtual bool on_cancel();

  // Valid once it has begun.
  [[nodiscard]] TaskContext& context() const noexcept;
  [[nodiscard]] bool has_begun() const noexcept { return coroutine_ != nullptr; }
  // It has waited in a WaiterSlot, and was taken out of it. Only for one that waits in one.
  [[nodiscard]] bool is_evicted() const noexcept { return state_ != State::idle && !is_linked(); }
  // Over, with this error: what `park` and `defer` return then.
  bool refuse(std::error_code error) noexcept {
    fail(error);
    return false;
  }

  // Throws what an attempt in a later run has thrown: what each await_resume begins with.
  void rethrow() const {
    if (thrown_ != nullptr) [[unlikely]]
      std::rethrow_exception(thrown_);
  }

 private:
  template <class Op>
  friend class Awaiting;     // begins it
  friend class TaskContext;  // resumes it
  friend class PromiseBase;  // takes it along
  enum class State : std::uint8_t {
    idle,      // not begun, or over
    deferred,  // its task is ready, and it has made no attempt yet: the turn's budget was spent
    parked,    // waits to be woken
    awake,     // its task is ready, because it was woken
  };

  // What a `co_await` calls. True: the coroutine is suspended, and goes on in a later turn.
  bool begin(PromiseBase& coroutine, std::source_location where);
  // Its task was asked to stop, and so it is over, as cancelled. Throws std::logic_error for the 10,000th
  // and each later wait of a task that ends so.
  bool complete_if_cancelled();
  // The turn of its task. The waiter may be gone when this returns.
  void resume();
  void suspend() noexcept;  // the task is parked here
  void make_ready(State state) noexcept;
  // Leaves every list, and its task: it will not be resumed.
  void leave() noexcept;

  PromiseBase* coroutine_ = nullptr;  // that waits; null until it begins
  std::exception_ptr thrown_;
  State state_ = State::idle;
};

}  // namespace async
