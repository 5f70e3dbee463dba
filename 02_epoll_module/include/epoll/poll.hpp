// An epoll instance that knows its owner [epoll(7)].
//
//   auto poll = epoll::Poll::create();
//   poll->add(listener.fd(), token, epoll::Interest::read(), epoll::Trigger::level);
//   epoll::Events events;
//   while (poll->wait(events, std::nullopt)) {
//     for (const epoll::Event event : events) ...
//   }
//
// Draining readiness. With Trigger::edge an event means "something changed": read (or write, or
// accept) until the call would block, or remember that you have not. With Trigger::level the event
// comes back as long as it is true. With Trigger::oneshot it comes once, and `modify` arms it again.
//
// Spurious events. An event is a reason to try a call that does not block, never a promise that it
// will succeed.
#pragma once

#include <optional>

#include "epoll/deadline.hpp"
#include "epoll/event.hpp"
#include "epoll/interest.hpp"
#include "epoll/token.hpp"
#include "epoll/unique_fd.hpp"
#include "syscall/result.hpp"

namespace epoll {

class Poll {
 public:
  // A new instance, closed in a child by execve. EMFILE or ENFILE when no descriptor is left.
  [[nodiscard]] static sys::Result<Poll> create();

  // Watches `fd` (not owned; take it out, or close it, before the token is given up). EEXIST if it
  // is watched already, EPERM for a file that is always ready.
  [[nodiscard]] sys::Result<> add(int fd, Token token, Interest interest, Trigger trigger);

  // Replaces token, interest and trigger; arms a one-shot anew; reports what is ready already, under
  // edge trigger too. ENOENT if `fd` is not watched.
  [[nodiscard]] sys::Result<> modify(int fd, Token token, Interest interest, Trigger trigger);

  // Stops watching. ENOENT if `fd` is not watched. Events of this descriptor that the running batch
  // still holds stay in it: that is what the generation of a token is for.
  [[nodiscard]] sys::Result<> remove(int fd);

  // Waits until something is ready, or `timeout` is over (nullopt: as long as it takes; 0, or less:
  // only looks). Fills `events`; an empty one means that the time is over, or that there is an error:
  // of an earlier wait nothing is left in it, however this one ends. A signal handler that runs
  // meanwhile does not end the wait: it goes on with the time that is left [signal(7)]. The kernel
  // counts in milliseconds here and a timeout is never early, so it is rounded up.
  [[nodiscard]] sys::Result<> wait(Events& events, std::optional<AnyDuration> timeout);

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  explicit Poll(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace epoll
