#include "async/core/runtime.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "syscall/report.hpp"

namespace async {
namespace {

// How many tasks a turn lets go on before the descriptors are looked at again.
constexpr std::size_t kTasksATurn = 1024;

constinit thread_local Runtime* current_runtime = nullptr;

// How many fork(2)s lie between the first process with a runtime and this one.
constinit std::atomic<int> forks = 0;

int count_forks() noexcept {
  [[maybe_unused]] static const int registered =
      ::pthread_atfork(nullptr, nullptr, [] { ++forks; });
  return forks;
}

// "ended with an exception: no such file", and what else is to be said of it.
void write_exception(const TaskContext& task, const char* what,
                     const std::exception_ptr& exception) noexcept {
  const auto where = task.spawned_at();
  std::fprintf(stderr, "task %llu, spawned at %s:%u, %s: %s\n",
               static_cast<unsigned long long>(task.id()), where.file_name(),
               static_cast<unsigned>(where.line()), what, sys::describe(exception));
}

// True from here to the end of the scope.
class Flag {
 public:
  explicit Flag(bool& flag) noexcept : flag_(flag) { flag_ = true; }
  ~Flag() { flag_ = false; }
  Flag(const Flag&) = delete;
  Flag& operator=(const Flag&) = delete;

 private:
  bool& flag_;
};

}  // namespace

Runtime::Current::Current(Runtime& runtime) {
  if (current_runtime != nullptr)
    throw std::logic_error("a runtime is running in this thread: co_await instead of blocking it");
  if (runtime.is_copy())
    throw std::logic_error(
        "a runtime cannot run in a child after fork(2): its epoll is the parent's");
  current_runtime = &runtime;
}

Runtime::Current::~Current() {
  current_runtime = nullptr;
}

Runtime* Runtime::current() noexcept {
  return current_runtime;
}

Runtime& Runtime::here() {
  if (current_runtime == nullptr) throw std::logic_error("no runtime is running in this thread");
  return *current_runtime;
}

sys::Result<std::unique_ptr<Runtime>> Runtime::create() {
  auto loop = event_loop::EventLoop::create();
  if (!loop) return sys::failure(loop.error());
  return std::unique_ptr<Runtime>(new Runtime(std::move(*loop)));
}

Runtime::Runtime(std::unique_ptr<event_loop::EventLoop> loop)
    : loop_(std::move(loop)),
      shared_(std::make_shared<Handle::SharedState>()),
      forks_before_(count_forks()) {
  shared_->loop = loop_.get();
}

Runtime::~Runtime() {
  if (running_ != nullptr || in_turn_) {
    std::fputs("a runtime must not be destroyed by one of its own tasks, timers or callbacks\n",
               stderr);
    std::abort();
  }
  // In a copy, a thread of the parent may have held this mutex when it was copied.
  if (is_copy()) shared_ = std::make_shared<Handle::SharedState>();
  {
    const std::scoped_lock lock(shared_->mutex);
    shared_->loop = nullptr;
  }
  forget_remote();  // nothing comes in any more
  closing_ = true;
  Runtime* const outer = std::exchange(current_runtime, this);
  // The youngest first: a task is younger than the one whose locals it was given references to.
  while (TaskContext* const youngest = tasks_.back()) abandon(*youngest);
  while (IoSource* const source = sources_.front()) source->forget_runtime();
  loop_.reset();  // and with it tasks that were posted, and never started
  current_runtime = outer;
}

void Runtime::start(std::shared_ptr<TaskContext> task, PromiseBase& first) {
  // #region runtime.start
  TaskContext& context = *task;
  context.runtime_ = this;
  context.home_ = this;
  context.id_ = ++counters_.spawned;
  if (running_ != nullptr) context.parent_id_ = running_->id();
  ++task_count_;
  tasks_.push_back(context);
  context.self_ = std::move(task);
  first.begin_in(context);
  if (closing_) return abandon(context);
  context.start_.stand(first);
  // #endregion runtime.start
}

bool Runtime::is_copy() const noexcept {
  return forks_before_ != forks;
}

TaskContext* Runtime::enter(TaskContext* task) noexcept {
  if (task != nullptr) ++counters_.resumed;
  return std::exchange(running_, task);
}

// #region turn
sys::Result<> Runtime::turn() {
  using std::chrono::nanoseconds;
  const Flag in_turn(in_turn_);
  answer_remote();  // if an exception has ended the last turn
  const std::size_t events_before = counters_.events;
  // Without any task there is nothing to wait for, only what other threads have posted to look at.
  const bool must_wait = ready_.empty() && task_count_ != 0;
  const auto wait = must_wait ? std::nullopt : std::optional(nanoseconds(0));
  if (auto told = loop_->run_once(wait); !told) return sys::failure(told.error());
  if (counters_.events != events_before) {
    trace("(Reactor) wake up. nfd = ", static_cast<std::int64_t>(counters_.events - events_before));
  }
  answer_remote();
  ready_.run(kTasksATurn);
  return {};
}
// #endregion turn

sys::Result<> Runtime::run() {
  const Current current(*this);
  std::size_t before = 0;
  do {
    before = task_count_;
    if (auto turned = turn(); !turned) return sys::failure(turned.error());
  } while (task_count_ != 0 || before != 0);  // one more look after the end of the last one
  return {};
}

void Runtime::run_until_over(const TaskContext& task) {
  while (!task.is_over()) {
    if (auto turned = turn(); !turned)
      throw std::system_error(turned.error(), "the event loop cannot wait");
  }
}

bool Runtime::Handle::post(event_loop::Callback callback) const {
  const std::scoped_lock lock(shared_->mutex);
  if (shared_->loop == nullptr) return false;
  shared_->loop->post(std::move(callback));
  return true;
}

void RemoteTask::ask(std::uint64_t turn, bool stop) noexcept {
  Runtime::Handle::SharedState& shared = *home_.shared_;
  const std::scoped_lock lock(shared.mutex);
  if (shared.loop == nullptr) return;
  turn_ = std::max(turn_, turn);
  stop_ = stop_ || stop;
  if (is_linked()) return;  // the loop was woken when it was put there
  self_ = shared_from_this();
  const bool is_first =
      shared.asked.empty();  // it wakes the loop for all that come until it has looked
  shared.asked.push_back(*this);
  if (is_first) shared.loop->wake();
}

void RemoteTask::wake(std::uint64_t turn) noexcept {
  if (task_ == nullptr || task_->turns() != turn || task_->parked_in() == nullptr) return;
  task_->parked_in()->wake();
}

void RemoteTask::request_stop() {
  if (task_ != nullptr) task_->request_stop();
}

void Runtime::answer_remote() {
  while (true) {
    std::unique_lock lock(shared_->mutex);
    RemoteTask* const asked = shared_->asked.pop_front();
    if (asked == nullptr) return;
    const std::shared_ptr<RemoteTask> keep = std::move(asked->self_);
    const std::uint64_t turn = std::exchange(asked->turn_, 0);
    const bool stop = std::exchange(asked->stop_, false);
    lock.unlock();
    asked->wake(turn);
    if (stop) asked->request_stop();
  }
}

void Runtime::forget_remote() noexcept {
  while (true) {
    std::shared_ptr<RemoteTask> keep;
    const std::scoped_lock lock(shared_->mutex);
    RemoteTask* const asked = shared_->asked.pop_front();
    if (asked == nullptr) return;
    keep = std::move(asked->self_);
  }
}

bool Runtime::Handle::is_here() const noexcept {
  return current_runtime != nullptr && current_runtime->shared_ == shared_;
}

void Runtime::write_trace(std::string_view what, std::int64_t number) const {
  trace_(std::string(what) + std::to_string(number));
}

std::string Runtime::summary() const {
  std::string text;
  const auto add = [&text](std::string_view name, std::size_t count) {
    if (!text.empty()) text += ", ";
    text.append(name).append(" ").append(std::to_string(count));
  };
  add("turns", turns());
  add("events", counters_.events);
  add("tasks spawned", counters_.spawned);
  add("tasks resumed", counters_.resumed);
  add("woken by events", counters_.woken);
  add("woken for nothing", counters_.woken_for_nothing);
  return text;
}

void report_exception(const TaskContext& task) noexcept {
  const Runtime* const runtime = Runtime::current();
  if (runtime != nullptr && runtime->unjoined_) {
    try {
      runtime->unjoined_(task, task.exception());
      return;
    } catch (...) {
      write_exception(task, "was reported to a function that has thrown", std::current_exception());
    }
  }
  write_exception(task, "ended with an exception", task.exception());
}

}  // namespace async
