#include "async/core/remote_waker.hpp"

#include "syscall/todo.hpp"

namespace async {

void RemoteWaker::wake() const noexcept {
  // #region 5.15 wake
  if (!task_) return;
  if (task_->is_here()) {
    task_->wake(turn_);
  } else {
    task_->wake_later(turn_);
  }
  // #endregion 5.15
}

}  // namespace async
