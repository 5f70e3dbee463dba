// What is reported about a task when something is wrong with it. Scheduler::dump_tasks covers all
// tasks.
#pragma once

#include <stdexcept>

#include "async/core/context.hpp"

namespace async {

// Reports the exception of a task that is over, if it has one that was not taken: to the hook of
// the current scheduler (Scheduler::on_unjoined_exception), or as a line on standard error.
void report_exception(const TaskContext& task) noexcept;

// The exception for a programming error. Its text names the task, followed by `what` the task did.
[[nodiscard]] std::logic_error misuse(const TaskContext& task, const char* what);

}  // namespace async
