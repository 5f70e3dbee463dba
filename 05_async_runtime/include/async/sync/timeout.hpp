// A limit on how long something may take.
//
//   auto count = co_await async::timeout(5s, stream.read(buffer));
//   if (!count && count.error() == std::errc::timed_out) ...
//
// A task or any other awaitable can be limited. It is started before the time is checked: a result
// that is already available wins over every limit, even a limit of 0.
//
//   std::stop_source source;                               // another thread requests the stop
//   auto count = co_await async::stop_when(source.get_token(), stream.read(buffer));
#pragma once

#include <cerrno>
#include <concepts>
#include <functional>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

#include "async/core/awaitable.hpp"
#include "async/core/operation.hpp"
#include "async/core/scheduler.hpp"
#include "async/core/sleep.hpp"
#include "async/core/spawn.hpp"
#include "async/core/task.hpp"
#include "async/core/this_task.hpp"
#include "async/sync/task_group.hpp"
#include "event_loop/timer_queue.hpp"
#include "syscall/todo.hpp"

namespace async {

// Everything but a lock: an operation that does not return a Result cannot be cancelled.
template <class A>
concept Limitable = Awaitable<A> && (!std::derived_from<A, Waiter> ||
                                     std::is_same_v<AwaitResult<A>, ResultOf<AwaitResult<A>>>);

namespace detail {
template <Awaitable A>
Task<async::ResultOf<async::AwaitResult<A>>> as_result(A awaitable) {
  if constexpr (std::is_void_v<async::AwaitResult<A>>) {
    co_await std::move(awaitable);
    const ThisTask me = co_await this_task();
    if (me.stop_requested()) co_return sys::failure(std::errc::operation_canceled);
    co_return sys::Result<>();
  } else {
    co_return co_await std::move(awaitable);
  }
}
}  // namespace detail

// Asks `task` to stop when the time has run out, and waits for it in every case. The result of the
// task, if it has one, wins; errc::timed_out if the task ended as cancelled because of the limit.
template <class T>
Task<sys::Result<T>> timeout(epoll::AnyDuration limit, Task<sys::Result<T>> task) {
  // #region 5.10 timeout
  TaskGroup group(CancelRest::never);
  bool expired = false;
  event_loop::CallbackTimer timer([&] {
    expired = true;
    group.cancel();
  });
  const auto deadline = time_after(limit);
  auto& timers = Scheduler::here().timers();
  timers.set(timer, Clock::time_point::max());  // may throw, so before the child runs
  auto child = group.spawn(std::move(task));
  (void)co_await yield();  // the child's first turn: a result that is there already is not late
  if (!child->is_over()) timers.set(timer, deadline);
  (void)co_await group.join();
  sys::Result<T> result = child->outcome().take();
  if (expired && !result && result.error() == std::errc::operation_canceled)
    co_return sys::failure(std::errc::timed_out);
  co_return result;
  // #endregion 5.10
}

// The same for an awaitable that does not return a Result. Its value, if it has one, wins. A Task<>
// has no value to lose: if it was asked to stop, that is reported.
template <Limitable A>
auto timeout(epoll::AnyDuration limit, A awaitable) {
  return timeout(limit, detail::as_result(std::move(awaitable)));
}

// Asks `task` to stop when a stop is requested through `token`, in any thread, and waits for it in
// every case. The result of the task, if it has one, wins; otherwise errc::operation_canceled.
template <class T>
Task<sys::Result<T>> stop_when(std::stop_token token, Task<sys::Result<T>> task) {
  TaskGroup group(CancelRest::never);
  const auto child = make_spawned(std::move(task));
  Canceller canceller(*child);  // may throw, so before the child runs
  group.start(child);
  const std::stop_callback<Canceller> callback(std::move(token), std::move(canceller));
  (void)co_await group.join();
  co_return child->outcome().take();
}

template <Awaitable A>
auto stop_when(std::stop_token token, A awaitable) {
  return stop_when(std::move(token), detail::as_result(std::move(awaitable)));
}

// An operation with a limit of its own. It allocates nothing, and sets a timer only if it has to
// wait: a server can afford one for each read.
template <class Op>
class [[nodiscard]] Timed : public Op {
 public:
  Timed(epoll::AnyDuration limit, Op operation) : Op(std::move(operation)), limit_(limit) {}

  [[nodiscard]] AwaitResult<Op> await_resume() {
    auto result = Op::await_resume();
    if (!result && alarm_.has_rung() && sys::is_errno(result.error(), ECANCELED))
      return sys::failure(std::errc::timed_out);
    return result;
  }

 protected:
  bool attempt() override {
    if (Op::attempt()) return true;  // the result wins, also in the turn in which the time runs out
    return alarm_.has_rung() && this->on_cancel();
  }
  bool park() override {
    if (!alarm_.is_set())
      alarm_.set(this->context().scheduler().timers(), time_after(limit_), *this);
    return Op::park();
  }

 private:
  Duration limit_;
  Alarm alarm_;
};

// A limit for a single operation: fails with errc::timed_out.
template <Limitable Op>
  requires(std::derived_from<Op, Waiter> && !std::is_final_v<Op>)
Timed<Op> timeout(epoll::AnyDuration limit, Op operation) {
  return Timed<Op>(limit, std::move(operation));
}

}  // namespace async
