#include <cstdio>
#include <string>
#include <unordered_set>
#include <vector>

#include "async/runtime.hpp"

namespace async {
namespace {

std::string place(const std::source_location& where) {
  std::string_view file = where.file_name();
  if (const auto slash = file.rfind('/'); slash != file.npos) file.remove_prefix(slash + 1);
  return std::string(file) + ":" + std::to_string(where.line());
}

std::string seconds(Duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", std::chrono::duration<double>(duration).count());
  return text;
}

// "waits at a.cpp:7 (called at b.cpp:9, c.cpp:11) for 1.500 s"
std::string state_of(const TaskContext& task, Clock::time_point now) {
  const PromiseBase* const innermost = task.innermost();
  if (innermost == nullptr) return "runs";
  if (task.turns() == 0) return "has not run yet";
  std::string text = "waits at " + place(innermost->awaiting_at());
  std::string_view before = " (called at ";
  for (const PromiseBase* at = innermost->caller(); at != nullptr; at = at->caller()) {
    text.append(before).append(place(at->awaiting_at()));
    before = ", ";
  }
  if (innermost->caller() != nullptr) text += ")";
  text += " for " + seconds(now - task.parked_since());
  if (task.stop_requested()) text += ", asked to stop";
  return text;
}

}  // namespace

std::string Runtime::dump_tasks() const {
  // Children of a task that has ended move up to the top.
  std::unordered_set<std::uint64_t> alive;
  std::vector<const TaskContext*> waiting;
  for (const TaskContext* task = tasks_.front(); task != nullptr; task = tasks_.after(*task)) {
    alive.insert(task->id());
    waiting.push_back(task);
  }
  std::string text =
      std::to_string(waiting.size()) + (waiting.size() == 1 ? " task\n" : " tasks\n");
  const Clock::time_point now = Clock::now();
  const auto write = [&](const auto& self, std::uint64_t parent, std::size_t depth) -> void {
    for (const TaskContext* task : waiting) {
      const bool is_child = task->parent_id() == parent;
      const bool is_orphan = parent == 0 && !alive.contains(task->parent_id());
      if (!is_child && !is_orphan) continue;
      text += std::string(2 * depth, ' ') + "#" + std::to_string(task->id()) + " spawned at " +
              place(task->spawned_at()) + ": " + state_of(*task, now) + "\n";
      self(self, task->id(), depth + 1);
    }
  };
  write(write, 0, 0);
  return text;
}

}  // namespace async
