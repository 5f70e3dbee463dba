#include "async/ticket.hpp"

#include "syscall/todo.hpp"

namespace async {

void Ticket::wake() const {
  // #region 5.15 wake
  if (!runtime_) return;
  const auto wake_here = [task = task_, turn = turn_] {
    const auto alive = task.lock();
    if (alive && alive->turns() == turn && alive->parked_in() != nullptr)
      alive->parked_in()->wake();
  };
  if (runtime_->is_here()) {
    wake_here();
  } else {
    runtime_->post(wake_here);
  }
  // #endregion 5.15
}

}  // namespace async
