// What a task has to do even after it was asked to stop, such as saying goodbye to its peer.
//
//   while (auto count = co_await stream.read(buffer)) ...     // ends at a request to stop
//   (void)co_await async::shielded(1s, stream.write_all("QUIT\r\n"));
//
// A task that was asked to stop cannot wait: all its operations end at once. A shielded awaitable
// runs beside the task, in a TaskContext of its own that the request does not reach, and has a time
// limit instead. So the task takes at most this much longer to stop.
//
// Closing a connection so that the peer receives the last bytes that were written to it:
//
//   (void)co_await stream.write_all("550 go away\r\n");
//   (void)co_await async::close_gently(stream, 2s);
//
// If a socket is closed while unread bytes of the peer are in it, or if such bytes arrive later,
// the kernel answers with a reset; and a reset may make the peer's system discard what it has
// received and not yet delivered [RFC 9112 9.6]. The last answer is lost then. So close_gently
// first ends only our direction, and reads and discards what still arrives until the peer closes,
// too.
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

// Result<T>, as of `timeout`: the result of `awaitable`, or errc::timed_out. A request to stop,
// made before or meanwhile, reaches the waiting task, but not the shielded one.
template <Awaitable A>
auto shielded(Duration limit, A awaitable) {
  return detail::run_shielded(as_task(timeout(limit, std::move(awaitable))));
}

// Ends our direction, reads until the peer has ended its own, for `limit` at most, and closes. For
// the last task that uses the stream, also when that task was asked to stop. `stream` has to
// outlive the operation, and is closed in every case. An error means that the peer may have missed
// something: errc::timed_out, ECONNRESET, Errc::already_waiting if another task still reads.
template <class Stream>
Task<sys::Result<>> close_gently(Stream& stream, Duration limit) {
  sys::Result<> ended = stream.shutdown(epoll::Shutdown::write);
  if (ended) ended = co_await shielded(limit, detail::read_to_the_end(stream));
  stream.close();
  co_return ended;
}

}  // namespace async
