#include "async/core/remote_waker.hpp"

#include <algorithm>

#include "syscall/todo.hpp"

namespace async {

void RemoteTask::ask(std::uint64_t run, bool stop) noexcept {
  Scheduler::Handle::SharedState& shared = *home_.shared_;
  const std::scoped_lock lock(shared.mutex);
  if (shared.scheduler == nullptr) return;
  // #region remote_waker.ask
  run_ = std::max(run_, run);
  stop_ = stop_ || stop;
  if (is_linked()) return;  // the scheduler was woken when the note was put there
  self_ = shared_from_this();
  const bool is_first =
      shared.asked.empty();  // this note wakes the scheduler, for all notes until they are taken
  shared.asked.push_back(*this);
  if (is_first) shared.scheduler->wake();
  // #endregion remote_waker.ask
}

void RemoteTask::wake(std::uint64_t run) noexcept {
  if (task_ == nullptr || task_->runs() != run || task_->parked_in() == nullptr) return;
  task_->parked_in()->wake();
}

void RemoteTask::request_stop() {
  if (!is_here()) return ask(0, true);
  if (task_ != nullptr) task_->request_stop();
}

void RemoteWaker::wake() const noexcept {
  // #region 5.15 wake
  if (!task_) return;
  if (task_->is_here()) {
    task_->wake(run_);
  } else {
    task_->wake_later(run_);
  }
  // #endregion 5.15
}

}  // namespace async
