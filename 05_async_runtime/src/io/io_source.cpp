#include "async/io/io_source.hpp"

#include <utility>

#include "async/core/context.hpp"
#include "async/core/error.hpp"
#include "async/io/runtime.hpp"
#include "syscall/todo.hpp"

namespace async {
namespace {

constexpr std::size_t index_of(Direction direction) noexcept {
  return static_cast<std::size_t>(direction);
}

}  // namespace

bool IoWaiter::park() {
  const auto parked = source_->park(*this);
  if (!parked) fail(parked.error());
  return parked.has_value();
}

bool IoWaiter::defer() noexcept {
  if (source_->is_closed()) {
    source_ = nullptr;
  } else if (!hold_.take(source_->waiting_[index_of(direction_)], *this)) {
    fail(make_error_code(Errc::already_waiting));
    return false;
  }
  return true;
}

IoSource::~IoSource() {
  close();
}

sys::Result<> IoSource::park(IoWaiter& waiter) {
  // #region io_source.park
  Scheduler& scheduler = waiter.context().scheduler();
  if (runtime_ == nullptr) {
    Runtime& runtime = Runtime::of(scheduler);
    const auto interest = epoll::Interest::both() | epoll::Interest::urgent();
    auto token = runtime.loop().add(fd_, interest, epoll::Trigger::edge, *this);
    if (!token) return sys::failure(token.error());
    token_ = *token;
    runtime_ = &runtime;
    runtime.sources_.push_back(*this);
    runtime.trace(TraceEvent::watched, fd_);
  } else if (runtime_ != &scheduler) {
    return sys::failure(std::errc::invalid_argument);
  }
  (void)waiter.hold_.take(waiting_[index_of(waiter.direction_)], waiter);  // its attempt has looked
  return {};
  // #endregion io_source.park
}

void IoSource::on_event(const epoll::Event& event) {
  ++runtime_->counters_.events;
  // #region 5.6 on_event
  if (event.is_read_closed() || event.is_error()) end_announced_ = true;
  if (event.is_urgent()) has_mark_ = true;
  ready_[index_of(Direction::read)] |= event.is_readable();
  ready_[index_of(Direction::write)] |= event.is_writable();
  for (const Direction direction : {Direction::read, Direction::write}) {
    Waiter* const waiter = waiting_[index_of(direction)].waiter();
    if (waiter == nullptr || !is_ready(direction)) continue;
    ++runtime_->counters_.woken;
    waiter->wake();
  }
  // #endregion 5.6
}

void IoSource::on_partial_io(Direction direction) {
  // #region 5.7 on_partial_io
  if (!end_announced_ && !has_mark_) clear_readiness(direction);
  // #endregion 5.7
}

void IoSource::close() noexcept {
  // #region io_source.close
  if (is_closed()) return;
  if (runtime_ != nullptr) {
    if (!runtime_->is_copy()) runtime_->loop().remove(token_);
    runtime_->trace(TraceEvent::unwatched, fd_);
    forget_runtime();
  }
  fd_ = -1;
  for (WaiterSlot& slot : waiting_) {
    auto* const waiter = static_cast<IoWaiter*>(slot.evict());
    if (waiter == nullptr) continue;
    waiter->source_ = nullptr;
    waiter->wake();
  }
  // #endregion io_source.close
}

void IoSource::forget_runtime() noexcept {
  unlink();
  runtime_ = nullptr;
  ready_ = {true, true};
  end_announced_ = has_mark_ = false;
}

}  // namespace async
