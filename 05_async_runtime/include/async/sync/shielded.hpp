// What has to be done even by a task that was asked to stop: to say goodbye.
//
//   while (auto count = co_await stream.read(buffer)) ...     // ends when the task is asked to stop
//   (void)co_await async::shielded(1s, stream.write_all("QUIT\r\n"));
//
// A task that was asked to stop can wait for nothing: all its operations end at once. What is shielded
// runs beside it, in a TaskContext of its own that does not hear of the request, and has a limit of
// its own instead. So a request to stop may take this much longer, and no more.
//
// Closing a connection so that the peer gets what was written to it last:
//
//   (void)co_await stream.write_all("550 go away\r\n");
//   (void)co_await async::close_gently(stream, 2s);
//
// A socket that is closed while bytes of the peer wait in it, or come later, answers with a reset; and
// a reset makes the peer's system throw away what it has received and not yet handed over [RFC 9112
// 9.6]. The answer is lost. So first only our direction is ended, and what still comes is read and
// forgotten until the peer closes, too.
#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "async/core/awaitable.hpp"
#include "async/io/stream.hpp"
#include "async/sync/sync.hpp"
#include "async/sync/task_group.hpp"
#include "async/sync/timeout.hpp"

namespace async {

namespace detail {

template <class T>
Task<sys::Result<T>> run_shielded(Task<sys::Result<T>> task) {
  TaskGroup group(CancelRest::never);
  const auto child = group.spawn(std::move(task));
  (void)co_await Unstoppable<TaskGroup::Join>(group);
  co_return child->outcome().take();
}

template <class Stream>
Task<sys::Result<>> read_to_the_end(Stream& stream) {
  std::array<std::byte, 4096> unused;
  while (true) {
    const auto count = co_await stream.read(unused);
    if (!count) co_return sys::failure(count.error());
    if (*count == 0) co_return sys::Result<>();
  }
}

}  // namespace detail

// Result<T>, as of `timeout`: what `awaitable` gives, or errc::timed_out. A request to stop, made
// before or meanwhile, reaches the task that waits, and not what is shielded.
template <Awaitable A>
auto shielded(Duration limit, A awaitable) {
  return detail::run_shielded(as_task(timeout(limit, std::move(awaitable))));
}

// Ends our direction, reads until the peer has ended its own, at most for `limit`, and closes. For the
// stream's last task, also when that was asked to stop. `stream` has to outlive it, and is closed in
// every case. An error says that the peer may have missed something: errc::timed_out, ECONNRESET,
// Errc::already_waiting if another task still reads.
template <class Stream>
Task<sys::Result<>> close_gently(Stream& stream, Duration limit) {
  sys::Result<> ended = stream.shutdown(epoll::Shutdown::write);
  if (ended) ended = co_await shielded(limit, detail::read_to_the_end(stream));
  stream.close();
  co_return ended;
}

}  // namespace async
