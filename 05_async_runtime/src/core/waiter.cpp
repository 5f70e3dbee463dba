#include "async/core/waiter.hpp"

#include "async/core/context.hpp"
#include "async/core/scheduler.hpp"

namespace async {

Waiter::~Waiter() {
  // #region waiter.destroy
  leave();
  // #endregion waiter.destroy
}

TaskContext& Waiter::context() const noexcept {
  return coroutine_->context();
}

bool Waiter::on_cancel() {
  fail(std::make_error_code(std::errc::operation_canceled));
  return true;
}

bool Waiter::complete_if_cancelled() {
  if (!context().stop_requested() || !on_cancel()) return false;
  context().count_cancelled_wait();
  return true;
}

// #region begin
bool Waiter::begin(PromiseBase& coroutine, std::source_location where) {
  // #region waiter.begin
  coroutine_ = &coroutine;
  coroutine.set_awaiting_at(where);
  TaskContext& task = coroutine.context();
  if (!task.consume_budget()) return begin_deferred(coroutine);
  if (complete_if_cancelled()) return false;
  if (attempt()) return false;
  suspend(State::parked);  // before `park`, which may find that it is to be woken at once
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

bool Waiter::begin_deferred(PromiseBase& coroutine) noexcept {
  coroutine_ = &coroutine;
  if (!defer()) return false;
  suspend(State::deferred);
  context().scheduler().ready_.push_back(context().ready_hook_);
  return true;
}

void Waiter::suspend(State state) noexcept {
  state_ = state;
  TaskContext& task = context();
  task.parked_in_ = this;
  task.innermost_ = coroutine_;
  task.parked_since_ = task.scheduler().now();
}

void Waiter::wake() noexcept {
  // #region waiter.wake
  if (state_ != State::parked) return;
  state_ = State::awake;
  context().scheduler().ready_.push_back(context().ready_hook_);
  // #endregion waiter.wake
}

// #region resume
void Waiter::resume() {
  // #region waiter.resume
  const bool was_woken = state_ == State::awake;
  TaskContext& task = context();
  state_ = State::parked;
  try {
    if (!attempt() && !complete_if_cancelled() && park()) {
      if (was_woken && !task.stop_requested()) ++task.scheduler().counters_.woken_for_nothing;
      return;
    }
  } catch (...) {
    thrown_ = std::current_exception();  // it belongs to the task, not to the scheduler
  }
  leave();
  task.set_continuation(coroutine_->coroutine());
  task.run();  // `this` may be gone after it
  // #endregion waiter.resume
}
// #endregion resume

void Waiter::leave() noexcept {
  if (state_ == State::idle) return;
  state_ = State::idle;
  unlink();
  TaskContext& task = context();
  task.ready_hook_.unlink();
  task.parked_in_ = nullptr;
  task.innermost_ = nullptr;
}

}  // namespace async
