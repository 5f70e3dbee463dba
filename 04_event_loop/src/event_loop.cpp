#include "event_loop/event_loop.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "syscall/result.hpp"
#include "syscall/todo.hpp"

namespace event_loop {
namespace {

// The waker has no slot in the slab; no slab gives this token.
constexpr epoll::Token kWakerToken{std::numeric_limits<std::uint32_t>::max(), 0};

}  // namespace

// stop() is called from signal handlers, which may use an atomic only if it has no lock inside.
static_assert(std::atomic<bool>::is_always_lock_free);

EventLoop::EventLoop(epoll::Poll poll, epoll::Waker waker)
    : poll_(std::move(poll)), waker_(std::move(waker)) {}

EventLoop::~EventLoop() = default;

sys::Result<std::unique_ptr<EventLoop>> EventLoop::create() {
  auto poll = epoll::Poll::create();
  SYS_TRY(poll);
  auto waker = epoll::Waker::create();
  SYS_TRY(waker);
  if (auto added =
          poll->add(waker->fd(), kWakerToken, epoll::Interest::read(), epoll::Trigger::level);
      !added)
    return sys::failure(added.error());
  return std::unique_ptr<EventLoop>(new EventLoop(std::move(*poll), std::move(*waker)));
}

sys::Result<epoll::Token> EventLoop::add(int fd, epoll::Interest interest, epoll::Trigger trigger,
                                         Source& source) {
  const epoll::Token token = registrations_.emplace(Registration{fd, &source});
  if (auto added = poll_.add(fd, token, interest, trigger); !added) {
    registrations_.remove(token);
    return sys::failure(added.error());
  }
  return token;
}

sys::Result<> EventLoop::modify(epoll::Token token, epoll::Interest interest,
                                epoll::Trigger trigger) {
  const Registration* const found = registrations_.find(token);
  if (found == nullptr) return sys::failure(std::errc::no_such_file_or_directory);
  return poll_.modify(found->fd, token, interest, trigger);
}

void EventLoop::remove(epoll::Token token) noexcept {
  // #region 4.4 remove
  const auto registration = registrations_.remove(token);
  // Not left to close(2): a duplicate of the descriptor would keep the registration alive, and a
  // level-triggered event without a source would come back at every wait.
  if (registration) (void)poll_.remove(registration->fd);
  // #endregion 4.4
}

void EventLoop::post(Callback&& callback) {
  // #region 4.5 post @event_loop_test @event_loop_threads_test
  {
    const std::scoped_lock lock(posted_mutex_);
    posted_.push_back(std::move(callback));
    if (posted_.size() > 1) return;  // the first one has woken the loop
  }
  waker_.wake();  // outside the lock: the loop would wake up only to wait for it
  // #endregion 4.5
}

void EventLoop::stop() noexcept {
  // release: the caller of `run` sees what was written before `stop`.
  stopping_.store(true, std::memory_order_release);
  waker_.wake();
}

sys::Result<> EventLoop::run() {
  // exchange: a stop is used up by the run that it ends, so the loop can be run again.
  while (!stopping_.exchange(false, std::memory_order_acquire)) {
    SYS_TRY(run_once(std::nullopt));
  }
  return {};
}

sys::Result<std::size_t> EventLoop::run_once(std::optional<epoll::AnyDuration> timeout) {
  // #region 4.7 run_once @event_loop_test @event_loop_time_test @event_loop_threads_test
  SYS_TRY(poll_.wait(events_, time_to_wait(timeout)));
  now_ = Clock::now();
  ++turns_;
  std::size_t ran = dispatch_events();
  ran += timers_.fire(now_);
  ran += run_posted();
  ran += run_deferred();
  return ran;
  // #endregion 4.7
}

std::optional<std::chrono::nanoseconds> EventLoop::time_to_wait(
    std::optional<std::chrono::nanoseconds> timeout) const {
  // #region 4.6 time_to_wait @event_loop_test @event_loop_time_test
  constexpr std::chrono::nanoseconds kNotAtAll{0};
  if (!deferred_.empty()) return kNotAtAll;
  const auto next = timers_.next();
  if (!next) return timeout;
  const auto until_timer = epoll::time_left(*next, Clock::now());
  return timeout ? std::min(*timeout, until_timer) : until_timer;
  // #endregion 4.6
}

// #region tell-sources
std::size_t EventLoop::dispatch_events() {
  // #region event_loop.dispatch_events
  std::size_t told = 0;
  for (const epoll::Event event : events_) {
    if (event.token() == kWakerToken) {
      woken_ = true;
      continue;
    }
    // Looked up one by one, never all at once: an earlier callback of this batch may have removed
    // this source, and put another one into its slot.
    const Registration* const found = registrations_.find(event.token());
    if (found == nullptr) continue;
    found->source->on_event(event);
    ++told;
  }
  return told;
  // #endregion event_loop.dispatch_events
}
// #endregion tell-sources

std::size_t EventLoop::Batch::run(const epoll::Waker& waker) {
  // #region event_loop.batch
  const std::size_t before = next_;
  try {
    while (next_ != callbacks_.size()) {
      Callback callback = std::move(callbacks_[next_]);
      ++next_;
      callback();
    }
  } catch (...) {
    waker.wake();
    throw;
  }
  callbacks_.clear();
  return std::exchange(next_, 0) - before;
  // #endregion event_loop.batch
}

std::size_t EventLoop::run_posted() {
  std::size_t ran = posted_now_.run(waker_);  // what one that threw has left behind
  // #region event_loop.run_posted
  // Drained only here: if a callback has thrown before, the waker still ends the next wait. Drained
  // first, looked at second: what is posted in between wakes the next wait.
  if (std::exchange(woken_, false)) {
    (void)waker_.drain();
    const std::scoped_lock lock(posted_mutex_);
    posted_now_.take(posted_);
  }
  // #endregion event_loop.run_posted
  ran += posted_now_.run(waker_);
  return ran;
}

std::size_t EventLoop::run_deferred() {
  std::size_t ran = deferred_now_.run(waker_);  // as above
  // A snapshot: what these callbacks defer waits for the next turn.
  deferred_now_.take(deferred_);
  ran += deferred_now_.run(waker_);
  return ran;
}

}  // namespace event_loop
