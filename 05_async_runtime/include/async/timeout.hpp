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

#include "async/operation.hpp"
#include "async/runtime.hpp"
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
  Runtime::here().loop().timers().set(timer, Clock::now() + limit);
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

// The same for a single operation.
template <std::derived_from<Waiter> Op>
auto timeout(Duration limit, Op operation) {
  return timeout(limit, as_task(std::move(operation)));
}
template <std::derived_from<Waiter> Op>
auto race(std::stop_token token, Op operation) {
  return race(std::move(token), as_task(std::move(operation)));
}

}  // namespace async
