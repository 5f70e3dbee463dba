#include "async/waiter.hpp"

#include "async/context.hpp"
#include "async/runtime.hpp"

namespace async {

Waiter::~Waiter() {
  // #region waiter.destroy
  leave();
  // #endregion waiter.destroy
}

TaskContext& Waiter::context() const noexcept {
  return coroutine_->context();
}

bool Waiter::give_up() {
  fail(std::make_error_code(std::errc::operation_canceled));
  return true;
}

bool Waiter::stops() {
  if (!context().stop_requested() || !give_up()) return false;
  context().count_cancelled_wait();
  return true;
}

// #region begin
bool Waiter::begin(PromiseBase& coroutine, std::source_location where) {
  // #region waiter.begin
  coroutine_ = &coroutine;
  coroutine.set_awaiting_at(where);
  TaskContext& task = coroutine.context();
  if (!task.spend()) {
    begin_behind(coroutine);
    return true;
  }
  if (stops()) return false;
  if (attempt()) return false;
  hold(State::parked);  // before `park`, which may find that it is to be woken at once
  try {
    if (park()) return true;
  } catch (...) {
    leave();
    throw;  // out of the `co_await`, and so is what `attempt` throws
  }
  leave();
  return false;
  // #endregion waiter.begin
}
// #endregion begin

void Waiter::begin_behind(PromiseBase& coroutine) noexcept {
  coroutine_ = &coroutine;
  hold(State::behind);
  put_off();
  context().runtime().ready().push_back(*this);
}

void Waiter::hold(State state) noexcept {
  state_ = state;
  TaskContext& task = context();
  task.parked_in_ = this;
  task.innermost_ = coroutine_;
  task.parked_since_ = task.runtime().loop().now();
}

void Waiter::wake() noexcept {
  // #region waiter.wake
  if (state_ != State::parked) return;
  state_ = State::awake;
  context().runtime().ready().push_back(*this);
  // #endregion waiter.wake
}

// #region take_turn
void Waiter::take_turn() {
  // #region waiter.take_turn
  const bool was_woken = state_ == State::awake;
  TaskContext& task = context();
  state_ = State::parked;
  try {
    if (!attempt() && !stops() && park()) {
      if (was_woken && !task.stop_requested()) ++task.runtime().counters().woken_for_nothing;
      return;
    }
  } catch (...) {
    thrown_ = std::current_exception();  // it belongs to the task, not to the one who runs it
  }
  leave();
  task.go_on(coroutine_->coroutine());
  task.run();  // `this` may be gone after it
  // #endregion waiter.take_turn
}
// #endregion take_turn

void Waiter::leave() noexcept {
  if (state_ == State::idle) return;
  state_ = State::idle;
  unlink();
  TaskContext& task = context();
  task.parked_in_ = nullptr;
  task.innermost_ = nullptr;
}

}  // namespace async
