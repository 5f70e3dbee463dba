// What a task can find out about itself, and how it yields to other tasks.
//
//   const async::ThisTask me = co_await async::this_task();
//   while (!me.stop_requested()) {
//     compute_a_little();
//     (void)co_await async::yield();                       // let the others run
//   }
#pragma once

#include <concepts>
#include <coroutine>
#include <cstdint>
#include <stop_token>

#include "async/core/context.hpp"
#include "async/core/operation.hpp"

namespace async {

// The calling task. Valid until that task ends.
class ThisTask {
 public:
  explicit ThisTask(TaskContext& context) noexcept : context_(&context) {}

  // True once the task was asked to stop. Its operations end as cancelled from then on; a task that
  // only computes has to check this.
  [[nodiscard]] bool stop_requested() const noexcept { return context_->stop_requested(); }
  // The same as a token, for code that takes a std::stop_token; the token's callbacks run in the
  // thread of the runtime.
  [[nodiscard]] std::stop_token stop_token() const { return context_->stop_token(); }
  // Asks the task to stop: for a timer or a callback that belongs to it.
  void request_stop() const { context_->request_stop(); }
  // Counts from 1 in the task's runtime; dump_tasks shows it.
  [[nodiscard]] std::uint64_t id() const noexcept { return context_->id(); }

 private:
  TaskContext* context_;
};

// Never suspends.
class [[nodiscard]] ThisTaskAwaiter {
 public:
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <std::derived_from<PromiseBase> Promise>
  bool await_suspend(std::coroutine_handle<Promise> caller) noexcept {
    context_ = &caller.promise().context();
    return false;
  }
  [[nodiscard]] ThisTask await_resume() const noexcept { return ThisTask(*context_); }

 private:
  TaskContext* context_ = nullptr;
};

[[nodiscard]] inline ThisTaskAwaiter this_task() noexcept {
  return {};
}

// Resumes after all tasks that are ready now have had a turn. In between, the loop polls the
// descriptors only when that is worth its cost: never before a round of the ready tasks is
// complete, and then as soon as the turn has lasted 100 us, by a clock that is read for every 32nd
// task.
class [[nodiscard]] YieldOperation : public Operation<> {
 public:
  YieldOperation() noexcept {}

 protected:
  bool attempt() override {
    if (yielded_) result_ = {};
    return yielded_;
  }
  bool park() override {
    yielded_ = true;
    wake();
    return true;
  }

 private:
  bool yielded_ = false;
};

[[nodiscard]] inline YieldOperation yield() noexcept {
  return {};
}

}  // namespace async
