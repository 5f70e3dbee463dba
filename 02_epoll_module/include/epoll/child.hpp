// A child process as a descriptor to wait for [posix_spawn(3), pidfd_open(2), waitid(2)].
//
//   epoll::SpawnOptions options;
//   options.standard_output = epoll::Stdio::piped;
//   auto child = epoll::Child::spawn({"date", "+%F"}, options);
//   poll.add(child->fd(), token, epoll::Interest::read(), epoll::Trigger::level);
//   ... once readable:
//   auto status = child->try_wait();
//
// A pidfd is a descriptor that refers to one process, and becomes readable when that process ends.
// It needs no thread that blocks in waitpid, no handler for SIGCHLD, which the whole process would
// have to share, and no process number, which may belong to another process by the time a signal is
// sent.
//
// What the child inherits from us: descriptors 0, 1 and 2 and no others, whether marked
// close-on-exec or not; an empty signal mask; and the default action of SIGPIPE. A program that
// is meant to end when its output is closed must not inherit the choice of its parent to ignore
// that signal.
//
// Needs Linux 5.4. The process must not ignore SIGCHLD: the kernel would then discard the status of
// its children, and waiting would give ECHILD [waitid(2), NOTES].
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "epoll/pipe.hpp"
#include "epoll/unique_fd.hpp"
#include "syscall/result.hpp"

namespace epoll {

// What a standard descriptor of the child refers to.
enum class Stdio {
  inherit,  // the same as ours
  null,     // /dev/null: reads give the end at once, writes are discarded
  piped,    // a pipe: Child has the other end
};

struct SpawnOptions {
  // Not an aggregate: g++ 12 destroys a temporary aggregate twice in an expression with a co_await.
  SpawnOptions() {}

  Stdio standard_input = Stdio::inherit;
  Stdio standard_output = Stdio::inherit;
  Stdio standard_error = Stdio::inherit;
  std::optional<std::vector<std::string>> environment;  // "NAME=value" each; nullopt: as ours
  std::string directory;                                // where it starts; empty: our own
};

// How a process ended: by its own exit, or by a signal.
class ExitStatus {
 public:
  [[nodiscard]] static ExitStatus exited(int code) noexcept { return {code, 0}; }
  [[nodiscard]] static ExitStatus killed(int number) noexcept { return {0, number}; }

  // What the process passed to exit(3), 0 to 255; nullopt if a signal ended it.
  [[nodiscard]] std::optional<int> code() const noexcept {
    return signal_ == 0 ? std::optional(code_) : std::nullopt;
  }
  // The signal that ended the process; nullopt if it exited by itself.
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
  // Starts the program `arguments[0]`, which is looked up in our PATH if it has no slash. Either
  // the program runs, or there is an error and no child: ENOENT if there is no such program (or
  // directory to start in), EACCES if it may not be executed, EINVAL if there are no arguments or
  // one has a NUL inside, EMFILE, EAGAIN.
  [[nodiscard]] static sys::Result<Child> spawn(const std::vector<std::string>& arguments,
                                                const SpawnOptions& options = {});

  // Ends the child with its owner: a child that still runs is killed (SIGKILL, which it can neither
  // block nor handle), and its status is collected, so that no zombie stays. This blocks for as
  // long as the kernel takes. To let the child end in its own time, call wait; to let it run on,
  // detach. In a process that has a copy of this object after fork(2), the destructor does nothing
  // to the child.
  ~Child() { end(); }
  Child(Child&& other) noexcept = default;
  Child& operator=(Child&& other) noexcept;

  // How the child ended, and the same at every further call; would_block while it runs.
  [[nodiscard]] sys::Result<ExitStatus> try_wait();

  // The same, but blocks this thread until the child ends. It closes standard_input first: a child
  // that reads to the end of its input would otherwise wait for us while we wait for it. The same
  // happens with a child that writes more than the pipe holds: read standard_output to its end
  // before you call wait.
  [[nodiscard]] sys::Result<ExitStatus> wait();

  // Sends the child a signal. ESRCH if it has ended and been waited for: the signal never reaches
  // another process, however often the number has been reused since [pidfd_send_signal(2)].
  [[nodiscard]] sys::Result<> kill(int number);

  // Gives the child up: it runs on, and the caller has to wait for this number [waitpid(2)], or a
  // zombie stays until our process ends.
  [[nodiscard]] pid_t detach() noexcept;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  // Readable from the moment the child ends, and for ever after.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  // Our ends of the pipes; empty for a descriptor that is not piped. They do not block, and may be
  // moved out or closed at any time.
  std::optional<PipeWriter> standard_input;
  std::optional<PipeReader> standard_output;
  std::optional<PipeReader> standard_error;

 private:
  Child(pid_t pid, UniqueFd fd) noexcept;
  [[nodiscard]] sys::Result<ExitStatus> collect(int flags);
  void end() noexcept;

  pid_t pid_;
  pid_t parent_;                      // the process that started the child
  UniqueFd fd_;                       // the pidfd; none: moved from, or given up
  std::optional<ExitStatus> status_;  // once collected: the kernel reports it only once
};

}  // namespace epoll
