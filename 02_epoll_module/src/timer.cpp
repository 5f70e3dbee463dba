#include "epoll/timer.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>

#include "syscall/call.hpp"
#include "syscall/todo.hpp"

namespace epoll {
namespace {

using std::chrono::nanoseconds;

timespec to_timespec(nanoseconds duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  timespec spec{};
  spec.tv_sec = seconds.count();
  spec.tv_nsec = (duration - seconds).count();
  return spec;
}

// Both times are counted from now on, whatever was set before.
sys::Result<> set(int fd, const itimerspec& spec) {
  itimerspec* const before = nullptr;
  return sys::without_value(sys::call<::timerfd_settime>(fd, 0, &spec, before));
}

}  // namespace

sys::Result<Timer> Timer::create() {
  const auto fd =
      sys::call<::timerfd_create>(CLOCK_MONOTONIC, static_cast<int>(TFD_NONBLOCK | TFD_CLOEXEC));
  SYS_TRY(fd);
  return Timer(UniqueFd(*fd));
}

sys::Result<> Timer::set_after(AnyDuration after) {
  const nanoseconds delay = after;
  // #region 2.15 set_after
  itimerspec spec{};  // it_interval stays 0: once
  // To the kernel, an it_value of 0 means "never". What is due now is due in a nanosecond.
  spec.it_value = to_timespec(std::max(delay, nanoseconds(1)));
  return set(fd(), spec);
  // #endregion 2.15
}

sys::Result<> Timer::set_every(AnyDuration every) {
  const nanoseconds interval = every;
  if (interval <= nanoseconds(0)) return sys::failure(EINVAL);
  itimerspec spec{};
  spec.it_value = to_timespec(interval);
  spec.it_interval = spec.it_value;
  return set(fd(), spec);
}

sys::Result<> Timer::cancel() {
  return set(fd(), itimerspec{});
}

sys::Result<std::uint64_t> Timer::read() {
  std::uint64_t expirations = 0;
  void* const into = &expirations;
  const auto got = sys::call_uninterrupted<::read>(fd_.get(), into, sizeof expirations);
  SYS_TRY(got);
  return expirations;
}

}  // namespace epoll
