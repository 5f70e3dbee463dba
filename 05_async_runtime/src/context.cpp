#include "async/context.hpp"

#include <utility>

#include "async/runtime.hpp"
#include "syscall/todo.hpp"

namespace async {
namespace {

// Large enough that a message is never cut into turns, small enough that a turn stays short.
constexpr std::uint32_t kOperationsATurn = 128;

}  // namespace

PromiseBase::~PromiseBase() {
  if (context_ != nullptr && context_->innermost_ == this) context_->parked_in_->leave();
}

void PromiseBase::begin_in(TaskContext& context) noexcept {
  context_ = &context;
  context.go_on(self_);
}

void PromiseBase::begin_for(PromiseBase& caller) noexcept {
  context_ = caller.context_;
  caller_ = &caller;
  context_->go_on(self_);
}

void PromiseBase::return_to_caller() noexcept {
  if (caller_ == nullptr) {
    context_->over_ = true;
  } else {
    context_->go_on(caller_->self_);
  }
}

TaskContext::TaskContext(std::source_location where) noexcept : spawned_at_(where) {}

TaskContext::~TaskContext() = default;

// #region run
void TaskContext::run() {
  budget_ = kOperationsATurn;
  ++turns_;
  TaskContext* const outer = runtime_ == nullptr ? nullptr : runtime_->enter(this);
  while (next_) std::exchange(next_, nullptr).resume();
  if (runtime_ == nullptr) return;
  Runtime& runtime = *runtime_;
  if (over_) end();  // `this` may be gone after it
  runtime.enter(outer);
}
// #endregion run

void TaskContext::request_stop() {
  // #region 5.9 request_stop
  if (stop_requested_ || over_) return;
  stop_requested_ = true;
  if (stop_source_) stop_source_->request_stop();
  if (parked_in_ != nullptr) parked_in_->wake();
  // #endregion 5.9
}

std::stop_token TaskContext::stop_token() {
  if (!stop_source_) {
    stop_source_.emplace();
    if (stop_requested_) stop_source_->request_stop();
  }
  return stop_source_->get_token();
}

void TaskContext::end() {
  const std::shared_ptr<TaskContext> keep = std::move(self_);
  over_ = true;
  settle();
  Runtime& runtime = *std::exchange(runtime_, nullptr);
  unlink();
  runtime.on_end();
  if (Watcher* const watcher = std::exchange(watcher_, nullptr)) watcher->on_end(*this);
  if (detached_ && exception() != nullptr) report_exception(*this);
}

}  // namespace async
