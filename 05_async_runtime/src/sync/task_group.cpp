#include "async/sync/task_group.hpp"

#include <cstdio>
#include <cstdlib>

#include "async/core/diagnostics.hpp"
#include "async/core/error.hpp"
#include "syscall/todo.hpp"

namespace async {

TaskGroup::~TaskGroup() {
  while (TaskHook* const place = members_.front()) {
    if (!place->task.scheduler().is_closing()) {
      std::fputs(
          place->task.is_ending()
              ? "a TaskGroup was destroyed by the last of its own tasks, which kept it alive: "
                "let the task that joins it own it\n"
              : "a TaskGroup was destroyed with tasks in it: co_await its join() first\n",
          stderr);
      std::abort();
    }
    // The runtime is being destroyed, and its tasks with it; the ending task has kept this group
    // alive.
    place->unlink();
    place->task.set_observer(nullptr);
    if (!place->task.is_ending()) place->task.abandon();
  }
}

void TaskGroup::start(const std::shared_ptr<TaskContext>& task) {
  Scheduler& scheduler = Scheduler::here();
  task->set_observer(this);
  members_.push_back(task->group_hook());
  if (cancelled_) task->request_stop();
  scheduler.start(task);
}

void TaskGroup::cancel() {
  cancelled_ = true;
  // A callback of a stop token may do anything, but it ends no task, so the list does not change.
  for (const TaskHook& place : members_) place.task.request_stop();
}

void TaskGroup::on_completion(TaskContext& task) {
  // #region 5.11 on_completion
  task.group_hook().unlink();
  if (first_to_end_ == nullptr) first_to_end_ = &task;
  std::error_code error = task.error();
  if (cancelled_ && error == std::errc::operation_canceled) error.clear();
  const bool has_failed = task.exception() != nullptr || error;
  if (has_failed && exception_ == nullptr && !error_) {
    exception_ = task.exception();
    error_ = error;
  } else if (task.exception() != nullptr) {
    report_exception(task);  // only one can be thrown
  }
  const bool cancels = when_ == CancelRest::after_first ||
                       (when_ == CancelRest::after_failure && has_failed) ||
                       (when_ == CancelRest::after_exception && task.exception() != nullptr);
  if (cancels) cancel();
  if (members_.empty()) joiner_.wake();
  // #endregion 5.11
}

bool TaskGroup::Join::park() {
  if (context().is_observed_by(group_))
    return refuse(std::make_error_code(std::errc::resource_deadlock_would_occur));
  return group_.joiner_.take(*this) || refuse(Errc::already_waiting);
}

bool TaskGroup::Join::on_cancel() {
  was_stopped_ = true;
  group_.cancel();
  return group_.members_.empty();
}

sys::Result<> TaskGroup::Join::await_resume() {
  rethrow();
  if (!group_.members_.empty()) return result_;  // it could not wait
  if (group_.exception_ != nullptr)
    std::rethrow_exception(std::exchange(group_.exception_, nullptr));
  if (group_.error_) return sys::failure(std::exchange(group_.error_, std::error_code()));
  if (was_stopped_) return sys::failure(std::errc::operation_canceled);
  return {};
}

}  // namespace async
