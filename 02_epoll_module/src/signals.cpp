#include "epoll/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include "syscall/call.hpp"
#include "syscall/todo.hpp"

namespace epoll {
namespace {

sys::Result<sigset_t> make_set(std::initializer_list<int> numbers) {
  sigset_t set{};
  for (const int number : numbers) {
    // The kernel lets these two out of a mask without a word [sigprocmask(2), NOTES].
    if (number == SIGKILL || number == SIGSTOP) return sys::failure(EINVAL);
    if (auto added = sys::call<::sigaddset>(&set, number); !added)
      return sys::failure(added.error());
  }
  return set;
}

}  // namespace

sys::Result<Signals> Signals::create(std::initializer_list<int> numbers) {
  // #region 2.16 create
  const auto set = make_set(numbers);
  if (!set) return sys::failure(set.error());
  // First the mask: a signal that came between the two calls would still end the process.
  auto blocked = block(*set);
  if (!blocked) return sys::failure(blocked.error());
  const auto fd = sys::call<::signalfd>(-1, &*set, static_cast<int>(SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd) return sys::failure(fd.error());
  return Signals(std::move(*blocked), UniqueFd(*fd));
  // #endregion 2.16
}

sys::Result<int> Signals::next() {
  signalfd_siginfo info{};
  void* const into = &info;
  // It reads whole records only [signalfd(2)].
  const auto got = sys::call_uninterrupted<::read>(fd_.get(), into, sizeof info);
  if (!got) return sys::failure(got.error());
  return static_cast<int>(info.ssi_signo);
}

sys::Result<Signals::Blocked> Signals::block(const sigset_t& wanted) {
  sigset_t before{};
  const sigset_t* const set = &wanted;
  if (auto done = sys::call_status<::pthread_sigmask>(SIG_BLOCK, set, &before); !done)
    return sys::failure(done.error());
  sigset_t added = wanted;
  for (int number = 1; number <= SIGRTMAX; ++number) {
    if (sigismember(&before, number) == 1) sigdelset(&added, number);
  }
  return Blocked(added);
}

Signals::Blocked::~Blocked() {
  if (sigisemptyset(&added_) == 1) return;
  const sigset_t* const set = &added_;
  sigset_t* const unused = nullptr;
  (void)sys::call_status<::pthread_sigmask>(SIG_UNBLOCK, set, unused);
}

}  // namespace epoll
