#include "async/core/context.hpp"

#include <cstdio>
#include <stdexcept>
#include <utility>

#include "async/core/remote_task.hpp"
#include "async/core/scheduler.hpp"
#include "syscall/todo.hpp"

namespace async {
namespace {

// Large enough that a message is never cut into turns, small enough that a turn stays short.
constexpr std::uint32_t kOperationsATurn = 128;

}  // namespace

void DestroyFrame::operator()(PromiseBase* promise) const noexcept {
  promise->coroutine().destroy();
}

PromiseBase::~PromiseBase() {
  if (context_ != nullptr && context_->innermost_ == this) context_->parked_in_->leave();
}

void PromiseBase::begin_in(TaskContext& context) noexcept {
  context_ = &context;
  context.set_continuation(self_);
}

void PromiseBase::begin_for(PromiseBase& caller) noexcept {
  context_ = caller.context_;
  caller_ = &caller;
  context_->set_continuation(self_);
}

void PromiseBase::return_to_caller() noexcept {
  if (caller_ == nullptr) {
    context_->over_ = true;
  } else {
    context_->set_continuation(caller_->self_);
  }
}

TaskContext::TaskContext(std::source_location where) noexcept : spawned_at_(where) {}

TaskContext::~TaskContext() = default;

// #region run
void TaskContext::run() {
  budget_ = kOperationsATurn;
  ++turns_;
  TaskContext* const outer = scheduler_ == nullptr ? nullptr : scheduler_->enter(this);
  while (next_) std::exchange(next_, nullptr).resume();
  if (scheduler_ == nullptr) {  // it was run by hand, and has no outcome to store
    completed_ = over_;
    return;
  }
  Scheduler& scheduler = *scheduler_;
  if (over_) {
    end();  // `this` may be gone after it
  } else if (parked_in_ == nullptr) {
    end(std::make_exception_ptr(
        misuse("is suspended where nothing can wake it: it awaits something that knows nothing of "
               "this runtime")));
  }
  scheduler.enter(outer);
}
// #endregion run

void TaskContext::resume() {
  parked_in_ == nullptr ? run() : parked_in_->resume();
}

void TaskContext::request_stop() {
  // #region 5.9 request_stop
  if (stop_requested_ || over_) return;
  stop_requested_ = true;
  if (stop_source_) stop_source_->request_stop();
  if (parked_in_ != nullptr) parked_in_->wake();
  // #endregion 5.9
}

std::stop_token TaskContext::stop_token() {
  if (!stop_source_) {
    stop_source_.emplace();
    if (stop_requested_) stop_source_->request_stop();
  }
  return stop_source_->get_token();
}

const std::shared_ptr<RemoteTask>& TaskContext::remote() {
  if (!remote_) {
    // One that has not been started will be, in the runtime of this thread.
    Scheduler& home = scheduler_ != nullptr ? *scheduler_ : Scheduler::here();
    remote_ = std::make_shared<RemoteTask>(*this, home.handle());
  }
  return remote_;
}

void TaskContext::detach() noexcept {
  detached_ = true;
  if (is_over()) report_unjoined();
}

void TaskContext::report_unjoined() noexcept {
  // The task may end in one thread while its handle goes in another: then both come here.
  if (exception() != nullptr && !reported_.exchange(true)) report_exception(*this);
}

void TaskContext::count_cancelled_wait() {
  constexpr std::uint32_t kMost = 10'000;
  if (++cancelled_waits_ < kMost) return;
  --cancelled_waits_;  // should it catch this, the next wait says it again
  throw misuse(
      "was asked to stop, and loops around waits whose results it does not look at: 10,000 "
      "were cancelled");
}

std::logic_error TaskContext::misuse(const char* what) const {
  char text[200];
  std::snprintf(text, sizeof text, "task %llu, spawned at line %u, %s",
                static_cast<unsigned long long>(id_), static_cast<unsigned>(spawned_at_.line()),
                what);
  return std::logic_error(text);
}

// Destroys the coroutines that were called, from the innermost outwards, and leaves the first. Left to
// the destructors, each would destroy its callee from inside its own: a chain of 100,000 would take as
// many stack frames.
void TaskContext::destroy_callees() noexcept {
  // #region context.destroy_callees
  PromiseBase* at = innermost_;
  while (at != nullptr && at->caller_ != nullptr) {
    PromiseBase* const caller = at->caller_;
    at->owner_->reset();  // and `at` with it
    at = caller;
  }
  // #endregion context.destroy_callees
}

void TaskContext::end(std::exception_ptr failure) {
  const std::shared_ptr<TaskContext> keep = std::move(self_);
  over_ = true;
  if (remote_) remote_->forget_task();
  destroy_callees();
  store_outcome(std::move(failure));
  Scheduler& scheduler = *std::exchange(scheduler_, nullptr);
  unlink();
  ready_hook_.unlink();
  --scheduler.task_count_;
  completed_ = true;
  joiner_.wake();
  if (CompletionObserver* const observer = std::exchange(observer_, nullptr))
    observer->on_completion(*this);
  if (detached_) report_unjoined();
}

}  // namespace async
