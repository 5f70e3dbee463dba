#include "async/spawn.hpp"

namespace async {

void Canceller::operator()() const {
  if (!runtime_) return;
  const auto stop = [task = task_] {
    if (const auto alive = task.lock()) alive->request_stop();
  };
  if (runtime_->is_here()) {
    stop();
  } else {
    runtime_->post(stop);
  }
}

}  // namespace async
