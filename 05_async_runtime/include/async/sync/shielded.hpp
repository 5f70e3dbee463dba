// What has to be done even by a task that was asked to stop: to say goodbye.
//
//   while (auto count = co_await stream.read(buffer)) ...     // ends when the task is asked to stop
//   (void)co_await async::shielded(1s, stream.write_all("QUIT\r\n"));
//
// A task that was asked to stop can wait for nothing: all its operations end at once. What is shielded
// runs beside it, in a TaskContext of its own that does not hear of the request, and has a limit of
// its own instead. So a request to stop may take this much longer, and no more.
#pragma once

#include <memory>
#include <source_location>
#include <utility>

#include "async/core/awaitable.hpp"
#include "async/sync/task_group.hpp"
#include "async/sync/timeout.hpp"

namespace async {

namespace detail {

// A join that waits, whatever its own task was asked for.
class [[nodiscard]] ShieldedJoin : public TaskGroup::Join {
 public:
  using Join::Join;

 protected:
  bool on_cancel() override {
    // #region shielded.on_cancel
    return false;
    // #endregion shielded.on_cancel
  }
};

template <class T>
Task<sys::Result<T>> run_shielded(Task<sys::Result<T>> task) {
  TaskGroup group(CancelRest::never);
  auto child = group.spawn(std::move(task));
  (void)co_await ShieldedJoin(group);
  co_return child.result();
}

}  // namespace detail

// Result<T>, as of `timeout`: what `awaitable` gives, or errc::timed_out. A request to stop, made
// before or meanwhile, reaches the task that waits, and not what is shielded.
template <Awaitable A>
auto shielded(Duration limit, A awaitable) {
  return detail::run_shielded(as_task(timeout(limit, std::move(awaitable))));
}

}  // namespace async
