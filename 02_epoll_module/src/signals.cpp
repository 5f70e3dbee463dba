#include "epoll/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <vector>

#include "epoll/waker.hpp"
#include "syscall/call.hpp"
#include "syscall/todo.hpp"

namespace epoll {

// One for each Signals. Its members are guarded by the mutex of the registry.
class Signals::Inbox {
 public:
  Inbox(const sigset_t& numbers, Waker wakes) noexcept : wanted(numbers), waker(std::move(wakes)) {
    sigemptyset(&waiting);
  }

  // Another Signals has read `number`.
  void put(int number) noexcept {
    sigaddset(&waiting, number);
    waker.wake();
  }
  // The smallest number that waits here.
  std::optional<int> take() noexcept {
    for (int number = 1; number <= SIGRTMAX; ++number) {
      if (sigismember(&waiting, number) != 1) continue;
      sigdelset(&waiting, number);
      if (sigisemptyset(&waiting) == 1) (void)waker.drain();
      return number;
    }
    return std::nullopt;
  }

  const sigset_t wanted;
  sigset_t waiting{};
  const Waker waker;  // readable while something waits
};

namespace {

// What the Signals of the process know of each other.
struct Registry {
  std::mutex mutex;  // guards everything below
  std::vector<Signals::Inbox*> inboxes;
  std::array<unsigned, NSIG> holders{};  // by number: so many Signals keep it blocked
};

// Never destroyed: a Signals may be a static object, and go later than any of ours would.
Registry& registry() {
  static Registry& only = *new Registry;
  return only;
}

sys::Result<sigset_t> make_set(std::initializer_list<int> numbers) {
  sigset_t set{};
  for (const int number : numbers) {
    // The kernel lets these two out of a mask without a word [sigprocmask(2), NOTES].
    if (number == SIGKILL || number == SIGSTOP) return sys::failure(EINVAL);
    SYS_TRY(sys::call<::sigaddset>(&set, number));
  }
  return set;
}

}  // namespace

sys::Result<Signals> Signals::create(std::initializer_list<int> numbers) {
  // #region 2.16 create
  const auto set = make_set(numbers);
  SYS_TRY(set);
  // First the mask: a signal that came between the two calls would still end the process.
  auto blocked = block(*set);
  SYS_TRY(blocked);
  const auto fd = sys::call<::signalfd>(-1, &*set, static_cast<int>(SFD_NONBLOCK | SFD_CLOEXEC));
  SYS_TRY(fd);
  return join_others(std::move(*blocked), UniqueFd(*fd), *set);
  // #endregion 2.16
}

sys::Result<Signals> Signals::join_others(Blocked blocked, UniqueFd signalfd,
                                          const sigset_t& wanted) {
  auto waker = Waker::create();
  SYS_TRY(waker);
  auto ready = Poll::create();
  SYS_TRY(ready);
  for (const int fd : {signalfd.get(), waker->fd()}) {
    SYS_TRY(ready->add(fd, Token(), Interest::read(), Trigger::level));
  }
  auto inbox = std::make_unique<Inbox>(wanted, std::move(*waker));
  const std::scoped_lock lock(registry().mutex);
  registry().inboxes.push_back(inbox.get());
  return Signals(std::move(blocked), std::move(inbox), std::move(signalfd), std::move(*ready));
}

Signals::Signals(Blocked blocked, std::unique_ptr<Inbox> inbox, UniqueFd signalfd,
                 Poll ready) noexcept
    : blocked_(std::move(blocked)),
      inbox_(std::move(inbox)),
      ready_(std::move(ready)),
      signalfd_(std::move(signalfd)) {}

Signals::~Signals() {
  if (!inbox_) return;
  const std::scoped_lock lock(registry().mutex);
  std::erase(registry().inboxes, inbox_.get());
}

Signals::Signals(Signals&& other) noexcept = default;

Signals& Signals::operator=(Signals&& other) noexcept {
  Signals(std::move(other)).swap(*this);
  return *this;
}

void Signals::swap(Signals& other) noexcept {
  std::swap(blocked_, other.blocked_);
  std::swap(inbox_, other.inbox_);
  std::swap(ready_, other.ready_);
  std::swap(signalfd_, other.signalfd_);
}

sys::Result<int> Signals::next() {
  // #region signals.next
  {
    const std::scoped_lock lock(registry().mutex);
    if (const auto number = inbox_->take()) return *number;
  }
  signalfd_siginfo info{};
  void* const into = &info;
  // It reads whole records only [signalfd(2)].
  const auto got = sys::call_uninterrupted<::read>(signalfd_.get(), into, sizeof info);
  SYS_TRY(got);
  const int number = static_cast<int>(info.ssi_signo);
  // What one signalfd has given no other one will.
  const std::scoped_lock lock(registry().mutex);
  for (Inbox* const other : registry().inboxes) {
    if (other != inbox_.get() && sigismember(&other->wanted, number) == 1) other->put(number);
  }
  return number;
  // #endregion signals.next
}

sys::Result<Signals::Blocked> Signals::block(const sigset_t& wanted) {
  sigset_t before{};
  const sigset_t* const set = &wanted;
  const std::scoped_lock lock(registry().mutex);
  SYS_TRY(sys::call_status<::pthread_sigmask>(SIG_BLOCK, set, &before));
  sigset_t added{};
  for (int number = 1; number <= SIGRTMAX; ++number) {
    if (sigismember(set, number) != 1) continue;
    unsigned& holders = registry().holders[number];
    if (holders == 0 && sigismember(&before, number) == 1) continue;  // blocked by other code
    ++holders;
    sigaddset(&added, number);
  }
  return Blocked(added);
}

Signals::Blocked::~Blocked() {
  // #region signals.unblock
  if (sigisemptyset(&added_) == 1) return;
  sigset_t last{};  // those that no other Signals holds
  const std::scoped_lock lock(registry().mutex);
  for (int number = 1; number <= SIGRTMAX; ++number) {
    if (sigismember(&added_, number) == 1 && --registry().holders[number] == 0)
      sigaddset(&last, number);
  }
  const sigset_t* const set = &last;
  sigset_t* const unused = nullptr;
  (void)sys::call_status<::pthread_sigmask>(SIG_UNBLOCK, set, unused);
  // #endregion signals.unblock
}

}  // namespace epoll
