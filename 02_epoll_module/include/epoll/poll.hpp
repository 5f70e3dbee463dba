// An epoll instance that has an owner [epoll(7)].
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
// is reported for as long as the condition holds. With Trigger::oneshot it is reported once, and
// `modify` re-arms it.
//
// Spurious events. An event is a reason to try a call that does not block, never a promise that the
// call will succeed.
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
  // A new instance, closed by execve in a child. EMFILE or ENFILE when no descriptor is left.
  [[nodiscard]] static sys::Result<Poll> create();

  // Registers `fd` (not owned; remove it, or close it, before the token is given up). EEXIST if it
  // is registered already, EPERM for a file that is always ready.
  [[nodiscard]] sys::Result<> add(int fd, Token token, Interest interest, Trigger trigger);

  // Replaces token, interest and trigger; re-arms a one-shot registration; reports what is ready
  // already, with edge trigger too. ENOENT if `fd` is not registered.
  [[nodiscard]] sys::Result<> modify(int fd, Token token, Interest interest, Trigger trigger);

  // Deregisters `fd`. ENOENT if it is not registered. Events of this descriptor that the current
  // batch still holds stay in it; the generation of a token is there to recognize them.
  [[nodiscard]] sys::Result<> remove(int fd);

  // Waits until a descriptor is ready, or `timeout` has expired (nullopt: no limit; 0 or less:
  // checks without waiting). Fills `events`, which is empty after a timeout or an error: events of
  // an earlier wait never remain in it, however this wait ends. A signal handler that runs
  // meanwhile does not end the wait, which continues with the time that is left [signal(7)]; if
  // none is left, it checks once more without waiting. The kernel counts the timeout in
  // milliseconds here; since a timeout must never be early, it is rounded up. One of more
  // milliseconds than an int holds (24 days) is waited for in parts.
  [[nodiscard]] sys::Result<> wait(Events& events, std::optional<AnyDuration> timeout);

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  explicit Poll(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace epoll
