#include "async/core/diagnostics.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "async/core/scheduler.hpp"
#include "event_loop/log.hpp"
#include "syscall/report.hpp"

namespace async {
namespace {

// "task 7, spawned at /home/me/a.cpp:12, ". Allocates nothing: the task may have ended because
// memory ran out.
event_loop::LogLine name_of(const TaskContext& task) noexcept {
  event_loop::LogLine line;
  line << "task " << task.id() << ", spawned at " << task.record().spawned_at.file_name() << ":"
       << task.record().spawned_at.line() << ", ";
  return line;
}

void write_exception(const TaskContext& task, std::string_view what,
                     const std::exception_ptr& exception) noexcept {
  event_loop::LogLine line = name_of(task);
  line << what << ": " << sys::describe(exception);
  event_loop::Log(STDERR_FILENO).write(line.text());  // a stopped terminal holds up no task
}

// Adds "a.cpp:7".
std::string& add_place(std::string& text, const std::source_location& where) {
  const char* const slash = std::strrchr(where.file_name(), '/');
  text.append(slash == nullptr ? where.file_name() : slash + 1).append(":");
  return text.append(std::to_string(where.line()));
}

std::string seconds(Duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", std::chrono::duration<double>(duration).count());
  return text;
}

// "waits at a.cpp:7 (called at b.cpp:9, c.cpp:11)"
std::string state_of(const TaskContext& task) {
  const PromiseBase* const innermost = task.innermost();
  if (task.runs() == 0) return "has not run yet";
  if (innermost == nullptr) return "runs";
  std::string text;
  text.reserve(128);  // for most of them
  add_place(text.append("waits at "), innermost->awaiting_at());
  std::string_view before = " (called at ";
  for (const PromiseBase* at = innermost->caller(); at != nullptr; at = at->caller()) {
    add_place(text.append(before), at->awaiting_at());
    before = ", ";
  }
  if (innermost->caller() != nullptr) text += ")";
  return text;
}

}  // namespace

std::logic_error misuse(const TaskContext& task, const char* what) {
  event_loop::LogLine line = name_of(task);
  line << what;
  return std::logic_error(std::string(line.text()));
}

void report_exception(const TaskContext& task) noexcept {
  const std::exception_ptr exception = task.exception();
  if (exception == nullptr) return;
  const Scheduler* const scheduler = Scheduler::current();
  if (scheduler == nullptr || !scheduler->unjoined_exception_hook())
    return write_exception(task, "ended with an exception", exception);
  try {
    scheduler->unjoined_exception_hook()(task, exception);
  } catch (...) {
    write_exception(task, "was reported to a function that threw", std::current_exception());
    write_exception(task, "ended with an exception", exception);
  }
}

std::vector<Scheduler::TaskLine> Scheduler::list_tasks() const {
  std::unordered_map<std::uint64_t, std::vector<const TaskContext*>>
      children;  // of each task; 0: of no task
  for (const TaskContext& task : tasks_) {
    children[task.id()];
    // A parent is older than its children. If it has ended, they move up to the top level.
    const std::uint64_t parent = task.record().parent_id;
    children[children.contains(parent) ? parent : 0].push_back(&task);
  }
  std::vector<TaskLine> lines;
  lines.reserve(task_count_);
  const Clock::time_point now = Clock::now();
  struct Entry {
    const TaskContext* task;
    std::size_t depth;
  };
  std::vector<Entry> to_list;  // the next one last
  const auto add_children = [&](std::uint64_t parent, std::size_t depth) {
    const auto& found = children[parent];
    for (auto child = found.rbegin(); child != found.rend(); ++child)
      to_list.push_back(Entry{*child, depth});
  };
  add_children(0, 0);
  while (!to_list.empty()) {
    const auto [task, depth] = to_list.back();
    to_list.pop_back();
    const bool waits = task->runs() != 0 && task->innermost() != nullptr;
    std::string spawned_at;
    add_place(spawned_at, task->record().spawned_at);
    lines.push_back({task->id(), depth, std::move(spawned_at), state_of(*task),
                     waits ? std::optional(now - task->record().parked_since) : std::nullopt,
                     waits && task->stop_requested()});
    add_children(task->id(), depth + 1);
  }
  return lines;
}

std::string Scheduler::dump_tasks() const {
  std::string text = std::to_string(task_count_) + (task_count_ == 1 ? " task\n" : " tasks\n");
  for (const TaskLine& line : list_tasks()) {
    text += std::string(2 * line.depth, ' ') + "#" + std::to_string(line.id) + " spawned at " +
            line.spawned_at + ": " + line.state;
    if (line.waited) text += " for " + seconds(*line.waited);
    text += line.stop_requested ? ", asked to stop\n" : "\n";
  }
  return text;
}

}  // namespace async
