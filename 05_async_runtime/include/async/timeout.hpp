// A limit on how long something may take.
//
//   auto count = co_await async::timeout(5s, stream.read(buffer));
//   if (!count && count.error() == std::errc::timed_out) ...
//
//   std::stop_source source;                               // somebody else says when it is enough
//   auto count = co_await async::race(source.get_token(), stream.read(buffer));
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <source_location>
#include <stop_token>
#include <utility>

#include "async/io_source.hpp"
#include "async/operation.hpp"
#include "async/runtime.hpp"
#include "async/sleep.hpp"
#include "async/spawn.hpp"
#include "async/task.hpp"
#include "async/task_group.hpp"
#include "event_loop/timer_queue.hpp"
#include "syscall/todo.hpp"

namespace async {

// An operation as a task. It must not have begun.
template <std::derived_from<Waiter> Op>
auto as_task(Op operation) -> Task<decltype(operation.await_resume())> {
  co_return co_await std::move(operation);
}

// Asks `task` to stop when the time is over, and waits for it in every case. Its own result, if it
// has one, wins; errc::timed_out if it ended as cancelled because of the limit.
template <class T>
Task<sys::Result<T>> timeout(Duration limit, Task<sys::Result<T>> task) {
  // #region 5.10 timeout
  TaskGroup group(CancelRest::never);
  bool expired = false;
  event_loop::CallbackTimer timer([&] {
    expired = true;
    group.cancel();
  });
  Runtime::here().loop().timers().set(timer, time_after(limit));
  const auto child = group.start(std::move(task), std::source_location::current());
  (void)co_await group.join();
  sys::Result<T> result = child->outcome().take();
  if (expired && !result && result.error() == std::errc::operation_canceled)
    co_return sys::failure(std::errc::timed_out);
  co_return result;
  // #endregion 5.10
}

// Asks `task` to stop when a stop is requested of `token`, in whichever thread, and waits for it in
// every case. Its own result, if it has one, wins; otherwise errc::operation_canceled.
template <class T>
Task<sys::Result<T>> race(std::stop_token token, Task<sys::Result<T>> task) {
  TaskGroup group(CancelRest::never);
  const auto child = group.start(std::move(task), std::source_location::current());
  const std::stop_callback<Canceller> callback(std::move(token), Canceller(*child));
  (void)co_await group.join();
  co_return child->outcome().take();
}

// An operation with a limit of its own. It allocates nothing, and sets a timer only if it has to
// wait: a server can afford one for each read.
template <class Op>
class [[nodiscard]] Timed : public Op {
 public:
  Timed(Duration limit, Op operation) : Op(std::move(operation)), limit_(limit) {}
  // Before it begins.
  Timed(Timed&& other) noexcept : Op(static_cast<Op&&>(other)), limit_(other.limit_) {}

 protected:
  bool attempt() override {
    if (Op::attempt()) return true;  // the result wins, also in the turn in which the time is over
    if (alarm_.is_over) this->fail(std::make_error_code(std::errc::timed_out));
    return alarm_.is_over;
  }
  bool park() override {
    if (!alarm_.is_set()) {
      auto& loop = this->context().runtime().loop();
      loop.timers().set(alarm_, time_after(limit_));
    }
    return Op::park();
  }

 private:
  class Alarm final : public event_loop::Timer {
   public:
    explicit Alarm(Timed& operation) noexcept : operation_(operation) {}
    bool is_over = false;

   private:
    void on_timeout() override {
      is_over = true;
      operation_.wake();
    }
    Timed& operation_;
  };

  Duration limit_;
  Alarm alarm_{*this};
};

// A limit for a single read or write, or whatever else waits for a descriptor: errc::timed_out.
template <std::derived_from<IoWaiter> Op>
Timed<Op> timeout(Duration limit, Op operation) {
  return Timed<Op>(limit, std::move(operation));
}

// The same for any other operation.
template <std::derived_from<Waiter> Op>
  requires(!std::derived_from<Op, IoWaiter>)
auto timeout(Duration limit, Op operation) {
  return timeout(limit, as_task(std::move(operation)));
}
template <std::derived_from<Waiter> Op>
auto race(std::stop_token token, Op operation) {
  return race(std::move(token), as_task(std::move(operation)));
}

}  // namespace async
