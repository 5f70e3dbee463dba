// breaks: a task may spawn as many others as it likes
// caught by: 05.Spawn.a_task_may_spawn_a_hundred_thousand_tasks_in_a_row
// seen in: the runtime of the originals: its queue holds 10,000 tasks, and the only thread that
//     takes them out is the one that waits for room
// symptom: works with 10,000 and hangs with 10,001, at 0 % of a processor
constexpr std::size_t kMost = 10'000;
// The task that spawns waits until there is room, and the scheduler waits meanwhile.
while (task_count_ >= kMost) {
  if (auto waited = wait(std::chrono::milliseconds(1)); !waited) break;
}
TaskContext& context = *task;
context.scheduler_ = this;
context.record_.id = ++counters_.spawned;
if (running_ != nullptr) context.record_.parent_id = running_->id();
++task_count_;
tasks_.push_back(context);
context.self_ = std::move(task);
if (closing_) return context.abandon();
ready_.push_back(context.ready_hook_);
