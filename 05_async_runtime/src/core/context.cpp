#include "async/core/context.hpp"

#include <utility>

#include "async/core/diagnostics.hpp"
#include "async/core/remote_waker.hpp"
#include "async/core/scheduler.hpp"
#include "syscall/todo.hpp"

namespace async {

// #region run
void TaskContext::run() {
  Scheduler& scheduler = *scheduler_;
  scheduler.running_ = this;
  ++scheduler.counters_.resumed;
  ++runs_;
  while (std::exchange(goes_on_, false)) innermost_->coroutine().resume();
  if (finished_) {
    end();  // `this` may be gone afterwards
  } else if (parked_in_ == nullptr) {
    try {
      throw misuse(
          *this,
          "is suspended where nothing can wake it: it awaits something that is not known to "
          "this runtime");
    } catch (...) {
      end(std::current_exception());
    }
  }
  scheduler.running_ = nullptr;
}
// #endregion run

void TaskContext::resume() {
  budget_.renew();
  parked_in_ == nullptr ? run() : parked_in_->resume();
}

void TaskContext::request_stop() {
  // #region 5.9 request_stop
  if (stop_.is_requested() || finished_) return;
  stop_.request();
  if (parked_in_ != nullptr) parked_in_->wake();
  // #endregion 5.9
}

const std::shared_ptr<RemoteTask>& TaskContext::remote() {
  if (!remote_) {
    // A task that has not been started will be started in the runtime of this thread.
    Scheduler& home = scheduler_ != nullptr ? *scheduler_ : Scheduler::here();
    remote_ = std::make_shared<RemoteTask>(*this, home.handle());
  }
  return remote_;
}

void TaskContext::detach() noexcept {
  if (end_.fetch_or(kDetached) == kCompleted) report_exception(*this);
}

void TaskContext::end(std::exception_ptr failure) {
  const std::shared_ptr<TaskContext> keep = std::move(self_);
  finished_ = true;
  if (remote_) remote_->forget_task();
  innermost_->destroy_chain();
  store_outcome(std::move(failure));
  unlink();
  ready_hook_.unlink();
  --scheduler_->task_count_;
  const bool was_detached = end_.fetch_or(kCompleted) == kDetached;
  joiner_.wake();
  if (CompletionObserver* const observer = std::exchange(observer_, nullptr))
    observer->on_completion(*this);
  if (was_detached) report_exception(*this);
}

}  // namespace async
