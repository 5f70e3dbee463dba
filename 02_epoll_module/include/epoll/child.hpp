// A child process as something to wait for [posix_spawn(3), pidfd_open(2), waitid(2)].
//
//   epoll::SpawnOptions options;
//   options.standard_output = epoll::Stdio::piped;
//   auto child = epoll::Child::spawn({"date", "+%F"}, options);
//   poll.add(child->fd(), token, epoll::Interest::read(), epoll::Trigger::level);
//   ... once readable:
//   auto status = child->try_wait();
//
// A pidfd is a descriptor that means one process, and becomes readable when it ends. So it takes no
// thread that blocks in waitpid, no handler for SIGCHLD, which the whole process would have to
// share, and no process number, which may mean another process by the time a signal is sent to it.
//
// What the child gets from us: descriptors 0, 1 and 2 and no other, whether marked close-on-exec or
// not; an empty signal mask; SIGPIPE as it is by default, because a program that is meant to end
// when its output is closed must not inherit our habit of ignoring it.
//
// Needs Linux 5.4. The process must not ignore SIGCHLD: the kernel then throws the status of its
// children away, and ECHILD is all that is left [waitid(2), NOTES].
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "epoll/pipe.hpp"
#include "epoll/unique_fd.hpp"
#include "syscall/result.hpp"

namespace epoll {

// What a standard descriptor of the child is.
enum class Stdio {
  inherit,  // ours
  null,     // /dev/null: reads the end at once, takes and forgets what is written
  piped,    // a pipe to us: the other end is in Child
};

struct SpawnOptions {
  // Not an aggregate: g++ 12 destroys a temporary aggregate twice beside a co_await.
  SpawnOptions() {}

  Stdio standard_input = Stdio::inherit;
  Stdio standard_output = Stdio::inherit;
  Stdio standard_error = Stdio::inherit;
  std::optional<std::vector<std::string>> environment;  // "NAME=value" each; nullopt: as ours
  std::string directory;                                // where it starts; empty: where we are
};

// How a process ended: by its own exit, or by a signal.
class ExitStatus {
 public:
  [[nodiscard]] static ExitStatus exited(int code) noexcept { return {code, 0}; }
  [[nodiscard]] static ExitStatus killed(int number) noexcept { return {0, number}; }

  // What it gave to exit(3), 0 to 255; nullopt if a signal ended it.
  [[nodiscard]] std::optional<int> code() const noexcept {
    return signal_ == 0 ? std::optional(code_) : std::nullopt;
  }
  // The signal that ended it; nullopt if it ended by itself.
  [[nodiscard]] std::optional<int> signal() const noexcept {
    return signal_ != 0 ? std::optional(signal_) : std::nullopt;
  }
  [[nodiscard]] bool success() const noexcept { return code() == 0; }

  friend bool operator==(const ExitStatus&, const ExitStatus&) noexcept = default;

 private:
  ExitStatus(int code, int number) noexcept : code_(code), signal_(number) {}
  int code_;
  int signal_;
};

class Child {
 public:
  // Starts the program `arguments[0]`, looked up in our PATH if it has no slash. It runs, or there is
  // an error and no child: ENOENT if there is no such program (or directory to start in), EACCES if
  // it may not be run, EINVAL if there are no arguments or one has a NUL inside, EMFILE, EAGAIN.
  [[nodiscard]] static sys::Result<Child> spawn(const std::vector<std::string>& arguments,
                                                const SpawnOptions& options = {});

  // An owner that goes takes its child along: one that still runs is killed (SIGKILL, which it cannot
  // refuse), and its status is collected, so that no zombie stays. That waits the moment the kernel
  // takes. To let it end in its own time, call wait; to let it live, detach. In a
  // child of ours after fork(2), which has a copy of this object, nothing happens to it.
  ~Child() { end(); }
  Child(Child&& other) noexcept = default;
  Child& operator=(Child&& other) noexcept;

  // How it ended, and the same at every further call; would_block while it runs.
  [[nodiscard]] sys::Result<ExitStatus> try_wait();

  // The same, but blocks this thread until the child ends. Closes standard_input first: a child that
  // reads to the end would wait for us as we do for it. So would one that writes more than the pipe
  // holds unless it is read: read standard_output to its end before.
  [[nodiscard]] sys::Result<ExitStatus> wait();

  // Sends it a signal. ESRCH if it has ended and been waited for, and never another process, however
  // often its number has been given out since [pidfd_send_signal(2)].
  [[nodiscard]] sys::Result<> kill(int number);

  // Gives the child up: it lives on, and from here on it is the caller that has to wait for this
  // number [waitpid(2)], or lives with a zombie until our process ends.
  [[nodiscard]] pid_t detach() noexcept;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  // Readable from the moment it ends, and for ever after.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  // Our ends of what was piped, empty otherwise. They do not block; take or close them at will.
  std::optional<PipeWriter> standard_input;
  std::optional<PipeReader> standard_output;
  std::optional<PipeReader> standard_error;

 private:
  Child(pid_t pid, UniqueFd fd) noexcept;
  [[nodiscard]] sys::Result<ExitStatus> collect(int flags);
  void end() noexcept;

  pid_t pid_;
  pid_t parent_;                      // the process that has started it
  UniqueFd fd_;                       // the pidfd; none: moved from, or given up
  std::optional<ExitStatus> status_;  // once collected: the kernel tells it only once
};

}  // namespace epoll
