// Signals as a descriptor to read from [signalfd(2), signal(7)].
//
//   auto signals = epoll::Signals::create({SIGINT, SIGTERM});  // first thing in main
//   poll.add(signals->fd(), token, epoll::Interest::read(), epoll::Trigger::level);
//   ... once readable:
//   while (auto number = signals->next()) stop_because_of(*number);
//
// A signal handler runs between any two instructions, and so may do next to nothing
// [signal-safety(7)]. A signal that is blocked runs no handler and ends no process: it stays
// pending in the kernel, and a signalfd is readable while one of its signals is pending.
//
// Create it before other threads start. Each thread has a signal mask of its own, which it inherits
// from the thread that starts it. A signal to the process goes to any thread that does not block
// it: one thread that was started too early is enough for SIGTERM to end the process.
//
// A child inherits the mask through fork and execve, too, and SIGTERM would stay blocked there:
// epoll::Child therefore starts its children with an empty mask.
//
// Several parts of a program may wait for the same number, each with a Signals of its own. The
// kernel gives a pending signal to one reader only; whichever Signals reads it passes the number on
// to all others of the process that asked for it. A number stays blocked until the last of them is
// gone.
//
//   signalfd --.
//               +--> epoll instance: fd()      the eventfd reports that another Signals passed
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
  // Blocks these signals for this thread, and reads them from now on. EINVAL if a number is not a
  // signal, or is SIGKILL or SIGSTOP, which cannot be blocked; EMFILE or ENFILE when the three
  // descriptors that it needs are not available.
  [[nodiscard]] static sys::Result<Signals> create(std::initializer_list<int> numbers);

  ~Signals();
  Signals(Signals&& other) noexcept;
  Signals& operator=(Signals&& other) noexcept;
  void swap(Signals& other) noexcept;

  // The number of a signal that has arrived; would_block if there is none. A signal that arrives
  // again before it is read is reported once: it means "at least one SIGTERM since the last read".
  // Every Signals of the process that asked for the number gets it.
  [[nodiscard]] sys::Result<int> next();

  // Readable while there is a signal to read.
  [[nodiscard]] int fd() const noexcept { return ready_.fd(); }

  class Inbox;  // the numbers it asked for, and those that others have read for it

 private:
  // The change of the signal mask, and its reversal. A number that was already blocked, and not by
  // a Signals, is left alone. Any other number is unblocked by the last Signals of the process that
  // holds it, on the thread that destroys it, which has to be the thread that created it. A signal
  // that arrived and was never read is then delivered, with the effect that it has without a
  // Signals, so that none is lost. To keep the second Ctrl-C of an impatient user from ending the
  // process there, read until would_block first.
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
    sigset_t added_;  // counted as held by this object
  };
  [[nodiscard]] static sys::Result<Blocked> block(const sigset_t& wanted);
  // The rest of `create`: makes the signalfd a Signals that also gets what the others have read.
  [[nodiscard]] static sys::Result<Signals> join_others(Blocked blocked, UniqueFd signalfd,
                                                        const sigset_t& wanted);

  Signals(Blocked blocked, std::unique_ptr<Inbox> inbox, UniqueFd signalfd, Poll ready) noexcept;

  Blocked blocked_;
  std::unique_ptr<Inbox> inbox_;
  Poll ready_;         // watches the signalfd and the inbox
  UniqueFd signalfd_;  // closed first, as the last member: signals after that are not read here
};

}  // namespace epoll
