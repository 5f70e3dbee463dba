#include "async/core/waiter.hpp"

#include "async/core/context.hpp"
#include "async/core/diagnostics.hpp"
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
  TaskContext& task = context();
  if (!task.stop_requested() || !on_cancel()) return false;
  if (!task.stop_.count_cancelled_wait())
    throw misuse(task,
                 "was asked to stop, and loops around waits whose results it does not check: "
                 "10,000 were cancelled");
  return true;
}

// #region begin
bool Waiter::begin(PromiseBase& coroutine, std::source_location where) {
  // #region waiter.begin
  coroutine_ = &coroutine;
  coroutine.set_awaiting_at(where);
  const bool has_turn = context().budget().consume();
  if (has_turn && (complete_if_cancelled() || attempt())) return false;
  suspend();  // before `park`, which may call `wake` at once
  try {
    if (has_turn ? park() : defer()) {
      if (!has_turn) make_ready(State::deferred);
      return true;
    }
  } catch (...) {
    leave();
    throw;  // out of the `co_await`, like an exception from `attempt`
  }
  leave();
  return false;
  // #endregion waiter.begin
}
// #endregion begin

void Waiter::suspend() noexcept {
  state_ = State::parked;
  TaskContext& task = context();
  task.parked_in_ = this;
  task.record_.parked_since = task.scheduler().turn_began_;
}

void Waiter::make_ready(State state) noexcept {
  state_ = state;
  TaskContext& task = context();
  ReadyList& ready = task.scheduler().ready_;
  state == State::deferred ? ready.defer(task.ready_hook_) : ready.push_back(task.ready_hook_);
}

void Waiter::wake() noexcept {
  // #region waiter.wake
  if (state_ == State::parked) make_ready(State::awake);
  // #endregion waiter.wake
}

// #region resume
void Waiter::resume() {
  // #region waiter.resume
  const bool was_woken = state_ == State::awake;
  TaskContext& task = context();
  state_ = State::parked;  // before the attempt: a wake-up that comes during it counts
  try {
    if (!attempt() && !complete_if_cancelled() && park()) {
      if (was_woken && !task.stop_requested()) ++task.scheduler().counters_.woken_for_nothing;
      return;
    }
  } catch (...) {
    thrown_ = std::current_exception();  // for the task, not for the scheduler
  }
  leave();
  task.set_continuation(*coroutine_);
  task.run();  // `this` may be gone afterwards
  // #endregion waiter.resume
}
// #endregion resume

void Waiter::leave() noexcept {
  if (state_ == State::idle) return;
  state_ = State::idle;
  // #region waiter.leave
  unlink();
  // #endregion waiter.leave
  TaskContext& task = context();
  task.ready_hook_.unlink();
  task.parked_in_ = nullptr;
}

}  // namespace async
