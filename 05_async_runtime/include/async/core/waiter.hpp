// The runtime's view of an awaited operation, its operation state: where the operation waits, and
// which coroutine is resumed after it.
//
// A coroutine is suspended in exactly one place, inside one `co_await`, and the object that it
// awaits there is a Waiter, which lives in the coroutine's frame. Its states:
//
//             begin                          wake                       resume
//   (new) ------------> parked ---------------------------> awake ------------> over
//     |    would block    ^   in the source's slot, a line       attempt       the coroutine
//     |                   |   or a timer                            |         continues
//     +--> over: done     +-----------------------------------------+
//          at once                        would block after all
//
// The event source of a waiter (the event loop, a timer, another task) only calls `wake`, which
// puts the waiter's task on the ready list. The work itself, such as the read, is done in the
// task's own turn. So an operation that is cancelled or destroyed before that turn has done
// nothing: no byte is lost.
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
  // The waiter may be destroyed at any time, also while it is parked or awake: it leaves the list
  // that it is in, and its task leaves the ready list.
  virtual ~Waiter();

  // If it is parked, its task becomes ready; if it is already awake, nothing happens. The waiter
  // stays in its list until it is over, unless it is taken out. For this thread only; other threads
  // hold a RemoteWaker (remote_waker.hpp).
  void wake() noexcept;

 protected:
  // Performs the operation if that is possible now. True when it is over, in success or failure;
  // false if it would block, and nothing has happened.
  virtual bool attempt() = 0;

  // The operation would block: links itself where it will be woken from, or stays in no list if its
  // waker finds it in another way. False if it cannot wait there; then it is over, and its error
  // was set with `fail`.
  virtual bool park() { return true; }

  // The first attempt takes place in a later turn, and what the operation refers to may be gone by
  // then. False if the operation cannot wait for that; then it is over, and its error was set with
  // `fail`.
  virtual bool defer() { return true; }

  // The operation is over, with this error.
  virtual void fail(std::error_code error) noexcept = 0;

  // The task was asked to stop, or the operation's time is up (timeout.hpp, deadline.hpp). May be
  // called before the first attempt, and more than once. True if that ends the operation; false if
  // it keeps waiting.
  virtual bool on_cancel();

  // Valid once the operation has begun.
  [[nodiscard]] TaskContext& context() const noexcept;
  [[nodiscard]] bool has_begun() const noexcept { return coroutine_ != nullptr; }
  // The operation has waited in a WaiterSlot, and was taken out of it. Only for operations that
  // wait in one.
  [[nodiscard]] bool is_evicted() const noexcept { return state_ != State::idle && !is_linked(); }
  // The operation is over, with this error: for `park` and `defer` to return.
  bool refuse(std::error_code error) noexcept {
    fail(error);
    return false;
  }

  // Rethrows what an attempt in a later run has thrown: every await_resume begins with it.
  void rethrow() const {
    if (thrown_ != nullptr) [[unlikely]]
      std::rethrow_exception(thrown_);
  }

 private:
  template <class Op>
  friend class Awaiting;     // begins it
  friend class TaskContext;  // resumes it
  friend class PromiseBase;  // takes it out when its coroutine is destroyed
  enum class State : std::uint8_t {
    idle,      // not begun, or over
    deferred,  // its task is ready, and no attempt was made yet: the budget was spent
    parked,    // waits to be woken
    awake,     // its task is ready, because the waiter was woken
  };

  // Called by `co_await`. True: the coroutine is suspended, and is resumed in a later turn.
  bool begin(PromiseBase& coroutine, std::source_location where);
  // Ends the operation as cancelled if its task was asked to stop. Throws std::logic_error for the
  // 10,000th and each later wait of a task that ends in this way.
  bool complete_if_cancelled();
  // Called in the turn of its task: attempts the operation, and runs the task if it is over. One
  // that was awake and parks again is counted as woken for nothing, unless its task was asked to
  // stop. The waiter may be gone when this returns.
  void resume();
  void suspend() noexcept;  // the task is parked here, since the turn began (TaskRecord)
  void make_ready(State state) noexcept;
  // Leaves every list, and its task: the waiter will not be resumed.
  void leave() noexcept;

  PromiseBase* coroutine_ = nullptr;  // the coroutine that waits; null until it begins
  std::exception_ptr thrown_;
  State state_ = State::idle;
};

}  // namespace async
