#include "async/core/ready_list.hpp"

#include "syscall/todo.hpp"

namespace async {

std::size_t ReadyList::run(std::size_t budget) {
  // #region 5.3 run_ready
  if (snapshot_.empty()) snapshot_.take_all(arrived_);
  std::size_t ran = 0;
  for (; ran < budget; ++ran) {
    TaskHook* const next = snapshot_.pop_front();
    if (next == nullptr) break;
    next->task.resume();  // may destroy `next`, and any other task in the list
  }
  return ran;
  // #endregion 5.3
}

}  // namespace async
