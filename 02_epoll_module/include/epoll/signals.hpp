// Signals as something to read [signalfd(2), signal(7)].
//
//   auto signals = epoll::Signals::create({SIGINT, SIGTERM});  // first thing in main
//   poll.add(signals->fd(), token, epoll::Interest::read(), epoll::Trigger::level);
//   ... once readable:
//   while (auto number = signals->next()) stop_because_of(*number);
//
// A signal handler runs between any two instructions, and so may do next to nothing
// [signal-safety(7)]. A signal that is blocked runs no handler and ends no process: it waits in the
// kernel, pending, and a signalfd is readable while one of its signals does.
//
// Make it before other threads start. A thread has a signal mask of its own, which it inherits from
// the thread that starts it. A signal for the process goes to any thread that does not block it: one
// thread that was started too early is enough, and SIGTERM ends the process there.
//
// A child inherits the mask through fork and execve, too, and would be deaf to SIGTERM: epoll::Child
// starts its children with an empty one.
//
// Several parts of a program may listen for the same number, each with a Signals of its own. The
// kernel gives a pending signal to one reader only; whichever Signals reads it passes the number on
// to all others of the process that asked for it. And a number stays blocked until the last of them
// is gone.
//
//   signalfd --.
//               +--> epoll instance: fd()      the eventfd says that another Signals has passed
//   eventfd  --'                               a number on to this one
#pragma once

#include <signal.h>

#include <initializer_list>
#include <memory>
#include <utility>

#include "epoll/poll.hpp"
#include "epoll/unique_fd.hpp"
#include "syscall/result.hpp"

namespace epoll {

class Signals {
 public:
  // Blocks these signals for this thread, and reads them from now on. EINVAL if one of them is no
  // signal, or is SIGKILL or SIGSTOP, which cannot be blocked; EMFILE or ENFILE when the three
  // descriptors that it takes are not to be had.
  [[nodiscard]] static sys::Result<Signals> create(std::initializer_list<int> numbers);

  ~Signals();
  Signals(Signals&& other) noexcept;
  Signals& operator=(Signals&& other) noexcept;
  void swap(Signals& other) noexcept;

  // The number of a signal that has come; would_block if none is there. A signal that comes again
  // before it is read is there once: "at least one SIGTERM since you last looked". Every Signals of
  // the process that asked for the number gets it.
  [[nodiscard]] sys::Result<int> next();

  // Readable while a signal is there.
  [[nodiscard]] int fd() const noexcept { return ready_.fd(); }

  class Inbox;  // what it asked for, and what others have read for it

 private:
  // The change of the mask, and its end. A number that was blocked before, and not by a Signals, is
  // left alone. Of the others, the last Signals of the process that holds one unblocks it, on the
  // thread that drops it, which has to be the one that made it. A signal that came and was never
  // read is then delivered, with the effect that it has without us: nothing is lost. To keep
  // the second Ctrl-C of an impatient user from ending the process there, read until would_block
  // first.
  class Blocked {
   public:
    explicit Blocked(const sigset_t& added) noexcept : added_(added) {}
    ~Blocked();
    Blocked(Blocked&& other) noexcept : added_(other.added_) { sigemptyset(&other.added_); }
    Blocked& operator=(Blocked&& other) noexcept {
      std::swap(added_, other.added_);  // `other` then unblocks what was ours
      return *this;
    }

   private:
    sigset_t added_;  // counted as held by us
  };
  [[nodiscard]] static sys::Result<Blocked> block(const sigset_t& wanted);
  // The rest of `create`: the signalfd becomes a Signals that hears of what the others have read.
  [[nodiscard]] static sys::Result<Signals> join_others(Blocked blocked, UniqueFd signalfd,
                                                        const sigset_t& wanted);

  Signals(Blocked blocked, std::unique_ptr<Inbox> inbox, UniqueFd signalfd, Poll ready) noexcept;

  Blocked blocked_;
  std::unique_ptr<Inbox> inbox_;
  Poll ready_;  // watches the signalfd and the inbox
  UniqueFd
      signalfd_;  // closed first, being the last: what is delivered after that is no longer ours
};

}  // namespace epoll
