#include "async/core/spawn.hpp"

namespace async {

void Canceller::operator()() const {
  if (!task_) return;
  if (task_->is_here()) {
    task_->request_stop();
  } else {
    task_->request_stop_later();
  }
}

}  // namespace async
