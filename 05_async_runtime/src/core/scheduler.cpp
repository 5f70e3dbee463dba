#include "async/core/scheduler.hpp"

#include <pthread.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "async/core/remote_waker.hpp"
#include "syscall/result.hpp"

namespace async {
namespace {

using namespace std::chrono_literals;

// How many tasks a turn resumes before the descriptors are polled again.
constexpr std::size_t kTasksATurn = 1024;
// A turn also resumes the tasks that have become ready meanwhile, unless it has lasted longer than
// this: polling the descriptors takes as long as a hundred tasks that do little.
constexpr Duration kShortTurn = 100us;

constinit thread_local Scheduler* current_scheduler = nullptr;

// How many fork(2) calls lie between the first process with a runtime and this one.
constinit std::atomic<int> forks = 0;

int count_forks() noexcept {
  [[maybe_unused]] static const int registered =
      ::pthread_atfork(nullptr, nullptr, [] { ++forks; });
  return forks;
}

}  // namespace

Scheduler::Current::Current(Scheduler& scheduler) noexcept
    : outer_(std::exchange(current_scheduler, &scheduler)) {}

Scheduler::Current::~Current() {
  current_scheduler = outer_;
}

Scheduler::Current Scheduler::enter() {
  if (current_scheduler != nullptr)
    throw std::logic_error("a runtime is running in this thread: co_await instead of blocking it");
  if (is_forked_copy())
    throw std::logic_error(
        "a runtime cannot run in a child after fork(2): its epoll is the parent's");
  return Current(*this);
}

Scheduler* Scheduler::current() noexcept {
  return current_scheduler;
}

Scheduler& Scheduler::here() {
  if (current_scheduler == nullptr) throw std::logic_error("no runtime is running in this thread");
  return *current_scheduler;
}

Scheduler::Scheduler(event_loop::TimerQueue& timers)
    : timers_(timers),
      shared_(std::make_shared<Handle::SharedState>()),
      forks_before_(count_forks()) {
  shared_->scheduler = this;
}

Scheduler::Closing::Closing(Scheduler& scheduler) : Current(scheduler) {
  if (scheduler.running_ != nullptr || outer_ == &scheduler) {
    std::fputs("a runtime must not be destroyed by one of its own tasks, timers or callbacks\n",
               stderr);
    std::abort();
  }
  // In a forked copy, a thread of the parent may have held this mutex at the time of the fork: it
  // is made anew.
  if (scheduler.is_forked_copy()) std::construct_at(&scheduler.shared_->mutex);
  {
    const std::scoped_lock lock(scheduler.shared_->mutex);
    scheduler.shared_->scheduler = nullptr;
  }
  scheduler.closing_ = true;
  // The youngest first: a task is younger than the task whose locals it was given references to.
  while (TaskContext* const youngest = scheduler.tasks_.back()) youngest->abandon();
  scheduler.take_remote_notes();  // the tasks are over, so their notes are dropped
}

void Scheduler::start(std::shared_ptr<TaskContext> task) {
  // #region scheduler.start
  TaskContext& context = *task;
  context.scheduler_ = this;
  context.record_.id = ++counters_.spawned;  // a number is never reused, and grows
  if (running_ != nullptr) context.record_.parent_id = running_->id();
  ++task_count_;
  tasks_.push_back(context);
  context.self_ = std::move(task);
  if (closing_) return context.abandon();
  ready_.push_back(context.ready_hook_);
  // #endregion scheduler.start
}

bool Scheduler::is_forked_copy() const noexcept {
  return forks_before_ != forks;
}

// #region turn
sys::Result<> Scheduler::take_turn() {
  ++counters_.turns;
  take_remote_notes();  // wake-ups from other threads, left by a callback or a wait that failed
  ready_.admit_deferred();
  // Without any task there is nothing to wait for; the loop only checks for posted callbacks.
  const bool must_wait = ready_.empty() && task_count_ != 0;
  const auto limit = must_wait ? std::nullopt : std::optional(std::chrono::nanoseconds(0));
  SYS_TRY(wait(limit));
  turn_began_ = now();
  take_remote_notes();
  run_tasks();
  if (turn_times_ != nullptr) [[unlikely]]
    turn_times_->add(Clock::now() - turn_began_);
  return {};
}

void Scheduler::run_tasks() {
  // #region scheduler.run_tasks
  std::size_t ran = ready_.run(kTasksATurn);
  for (; ran < kTasksATurn; ++ran) {
    const bool looks_at_clock = ran % 32 == 0;  // reading it takes as long as resuming a task
    if (looks_at_clock && Clock::now() - turn_began_ > kShortTurn) return;
    if (ready_.run(1) == 0) return;
  }
  // #endregion scheduler.run_tasks
}
// #endregion turn

sys::Result<> Scheduler::turn() {
  const Current current = enter();
  return take_turn();
}

sys::Result<> Scheduler::run() {
  const Current current = enter();
  std::size_t before = 0;
  do {
    before = task_count_;
    SYS_TRY(take_turn());
  } while (task_count_ != 0 || before != 0);  // one more turn after the end of the last task
  return {};
}

void Scheduler::run_until_over(const TaskContext& task) {
  while (!task.is_over()) {
    if (auto turned = take_turn(); !turned)
      throw std::system_error(turned.error(), "the scheduler cannot wait");
  }
}

bool Scheduler::Handle::post(event_loop::Callback callback) const {
  const std::scoped_lock lock(shared_->mutex);
  if (shared_->scheduler == nullptr) return false;
  shared_->scheduler->post(std::move(callback));
  return true;
}

void Scheduler::take_remote_notes() {
  while (true) {
    std::unique_lock lock(shared_->mutex);
    RemoteTask* const asked = shared_->asked.pop_front();
    if (asked == nullptr) return;
    const std::shared_ptr<RemoteTask> keep = std::move(asked->self_);
    const std::uint64_t run = std::exchange(asked->run_, 0);
    const bool stop = std::exchange(asked->stop_, false);
    lock.unlock();
    asked->wake(run);
    if (stop && asked->task_ != nullptr) asked->task_->request_stop();
  }
}

bool Scheduler::Handle::is_here() const noexcept {
  return current_scheduler != nullptr && current_scheduler->shared_ == shared_;
}

}  // namespace async
