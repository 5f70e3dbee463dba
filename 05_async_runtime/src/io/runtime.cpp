#include "async/io/runtime.hpp"

#include <utility>

#include "async/io/io_source.hpp"

namespace async {

sys::Result<std::unique_ptr<Runtime>> Runtime::create() {
  auto loop = event_loop::EventLoop::create();
  if (!loop) return sys::failure(loop.error());
  return std::unique_ptr<Runtime>(new Runtime(std::move(*loop)));
}

Runtime::Runtime(std::unique_ptr<event_loop::EventLoop> loop)
    : Scheduler(loop->timers()), loop_(std::move(loop)) {}

Runtime::~Runtime() {
  const Closing closing(*this);
  while (IoSource* const source = sources_.front()) source->forget_runtime();
  loop_.reset();  // and with it tasks that were posted, and never started
}

sys::Result<> Runtime::wait(std::optional<std::chrono::nanoseconds> limit) {
  const std::size_t events_before = counters_.events;
  if (auto told = loop_->run_once(limit); !told) return sys::failure(told.error());
  if (const std::size_t events = counters_.events - events_before; events != 0)
    trace(TraceEvent::woken, static_cast<int>(events));
  return {};
}

}  // namespace async
