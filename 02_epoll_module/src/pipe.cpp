#include "epoll/pipe.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>

#include "syscall/call.hpp"
#include "syscall/todo.hpp"

namespace epoll {
namespace {

// Keeps SIGPIPE from this thread while it lives. The SIGPIPE of a write goes to the very thread that
// writes [pipe(7)], so no other thread's mask matters.
class SigpipeHeldBack {
 public:
  SigpipeHeldBack() noexcept {
    sigaddset(&sigpipe_, SIGPIPE);
    const sigset_t* const set = &sigpipe_;
    sigset_t before{};
    status_ = sys::call_status<::pthread_sigmask>(SIG_BLOCK, set, &before);
    if (!status_) return;
    blocked_here_ = sigismember(&before, SIGPIPE) == 0;
    if (blocked_here_) return;
    // The thread blocks it by itself, and one may be waiting already: that one is not ours to take.
    sigset_t pending{};
    status_ = sys::without_value(sys::call<::sigpending>(&pending));
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
  }
  ~SigpipeHeldBack() {
    if (!blocked_here_) return;
    const sigset_t* const set = &sigpipe_;
    sigset_t* const unused = nullptr;
    (void)sys::call_status<::pthread_sigmask>(SIG_UNBLOCK, set, unused);
  }
  SigpipeHeldBack(const SigpipeHeldBack&) = delete;
  SigpipeHeldBack& operator=(const SigpipeHeldBack&) = delete;

  // An error: it is not held back, and nothing may be written.
  [[nodiscard]] const sys::Result<>& status() const noexcept { return status_; }

  // After EPIPE: takes away the SIGPIPE that came with it.
  void take() noexcept {
    if (was_pending_) return;  // the two are one now, and it was there before us
    const sigset_t* const set = &sigpipe_;
    siginfo_t* const unused = nullptr;
    const timespec at_once{};  // it does not wait, so no signal can interrupt it
    const timespec* const limit = &at_once;
    (void)sys::call<::sigtimedwait>(set, unused, limit);
  }

 private:
  sigset_t sigpipe_{};         // SIGPIPE alone
  sys::Result<> status_;       // whether it could be done
  bool blocked_here_ = false;  // the mask was changed, and must be changed back
  bool was_pending_ = false;   // a SIGPIPE of other code was waiting already
};

}  // namespace

sys::Result<Pipe> Pipe::create() {
  std::array<int, 2> fds{};
  SYS_TRY(sys::call<::pipe2>(fds.data(), static_cast<int>(O_NONBLOCK | O_CLOEXEC)));
  return Pipe(PipeReader::adopt(UniqueFd(fds[0])), PipeWriter::adopt(UniqueFd(fds[1])));
}

sys::Result<std::size_t> PipeReader::read(std::span<std::byte> buffer) {
  void* const into = buffer.data();
  const auto count = sys::call_uninterrupted<::read>(fd(), into, buffer.size());
  SYS_TRY(count);
  return static_cast<std::size_t>(*count);
}

sys::Result<std::size_t> PipeWriter::write(std::span<const std::byte> bytes) {
  // #region 2.17 write
  SigpipeHeldBack sigpipe;
  if (!sigpipe.status()) return sys::failure(sigpipe.status().error());
  const void* const from = bytes.data();
  const auto count = sys::call_uninterrupted<::write>(fd(), from, bytes.size());
  if (count) return static_cast<std::size_t>(*count);
  if (count.error() == std::errc::broken_pipe) sigpipe.take();
  return sys::failure(count.error());
  // #endregion 2.17
}

}  // namespace epoll
