#include "async/io/io_source.hpp"

#include "async/io/runtime.hpp"
#include "syscall/result.hpp"
#include "syscall/todo.hpp"

namespace async {

IoSource::~IoSource() {
  close();
}

sys::Result<> IoSource::watch(Scheduler& scheduler) {
  // #region io_source.watch
  if (runtime_ == &scheduler) return {};
  if (runtime_ != nullptr) return sys::failure(std::errc::invalid_argument);
  Runtime& runtime = Runtime::of(scheduler);
  const auto interest = epoll::Interest::both() | epoll::Interest::urgent();
  auto token = runtime.loop().add(fd_, interest, epoll::Trigger::edge, *this);
  SYS_TRY(token);
  token_ = *token;
  runtime_ = &runtime;
  runtime.sources_.push_back(*this);
  runtime.trace(TraceEvent::watched, fd_);
  return {};
  // #endregion io_source.watch
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
    if (!runtime_->is_forked_copy()) runtime_->loop().remove(token_);
    runtime_->trace(TraceEvent::unwatched, fd_);
    forget_runtime();
  }
  fd_ = -1;
  for (WaiterSlot& slot : waiting_) slot.evict();
  // #endregion io_source.close
}

void IoSource::forget_runtime() noexcept {
  unlink();
  runtime_ = nullptr;
  ready_ = {true, true};
  end_announced_ = has_mark_ = false;
}

}  // namespace async
