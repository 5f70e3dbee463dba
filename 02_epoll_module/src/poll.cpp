#include "epoll/poll.hpp"

#include <algorithm>
#include <limits>

#include "epoll/raw.hpp"
#include "syscall/call.hpp"
#include "syscall/todo.hpp"

namespace epoll {
namespace {

using std::chrono::nanoseconds;

epoll_event make_event(Token token, Interest interest, Trigger trigger) {
  // #region 2.4 make_event
  epoll_event event{};
  event.events = interest.bits();
  if (trigger == Trigger::edge) event.events |= static_cast<std::uint32_t>(EPOLLET);
  if (trigger == Trigger::oneshot) event.events |= static_cast<std::uint32_t>(EPOLLONESHOT);
  event.data.u64 = token.packed();
  return event;
  // #endregion 2.4
}

// What epoll_wait takes: -1 for ever, or milliseconds. Cutting the fraction off would end a wait of
// 1.5 ms after 1 ms, and turn one of 0.5 ms into a busy loop.
int to_milliseconds(std::optional<nanoseconds> timeout) {
  // #region 2.5 to_milliseconds
  if (!timeout) return -1;
  const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(*timeout).count();
  return static_cast<int>(std::clamp<std::int64_t>(rounded, 0, std::numeric_limits<int>::max()));
  // #endregion 2.5
}

// Below 0 there is nothing left, and nothing that could be subtracted without overflow.
std::optional<nanoseconds> at_least_zero(std::optional<AnyDuration> limit) {
  if (!limit) return std::nullopt;
  return std::max<nanoseconds>(*limit, nanoseconds(0));
}

}  // namespace

sys::Result<Poll> Poll::create() {
  auto fd = epoll_create();
  SYS_TRY(fd);
  return Poll(UniqueFd(*fd));
}

sys::Result<> Poll::add(int fd, Token token, Interest interest, Trigger trigger) {
  return add_interest(fd_.get(), fd, make_event(token, interest, trigger));
}

sys::Result<> Poll::modify(int fd, Token token, Interest interest, Trigger trigger) {
  // #region poll.modify
  return modify_interest(fd_.get(), fd, make_event(token, interest, trigger));
  // #endregion poll.modify
}

sys::Result<> Poll::remove(int fd) {
  return remove_interest(fd_.get(), fd);
}

sys::Result<> Poll::wait(Events& events, std::optional<AnyDuration> limit) {
  const auto timeout = at_least_zero(limit);
  // #region 2.6 wait
  events.size_ = 0;
  const auto begin = timeout ? Clock::now() : Clock::time_point();
  auto left = timeout;
  while (true) {
    const auto count =
        sys::call<::epoll_wait>(fd_.get(), events.buffer_.data(),
                                static_cast<int>(events.buffer_.size()), to_milliseconds(left));
    if (!count && !sys::interrupted(count.error())) return sys::failure(count.error());
    if (count) events.size_ = static_cast<std::size_t>(*count);
    if (!events.empty()) return {};
    // No event: a signal came, or the time is over, or it was more than one call can wait (an int).
    if (!timeout) continue;
    left = *timeout - (Clock::now() - begin);
    if (count && *left <= nanoseconds(0)) return {};
  }
  // #endregion 2.6
}

}  // namespace epoll
