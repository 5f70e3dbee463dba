#include "async/io/runtime.hpp"

#include <utility>

#include "async/io/io_source.hpp"
#include "syscall/result.hpp"

namespace async {

sys::Result<std::unique_ptr<Runtime>> Runtime::create() {
  auto loop = event_loop::EventLoop::create();
  SYS_TRY(loop);
  return std::unique_ptr<Runtime>(new Runtime(std::move(*loop)));
}

Runtime::Runtime(std::unique_ptr<event_loop::EventLoop> loop)
    : Scheduler(loop->timers()), loop_(std::move(loop)) {}

Runtime::~Runtime() {
  const Closing closing(*this);
  while (IoSource* const source = sources_.front()) source->forget_runtime();
  loop_.reset();  // and with it posted tasks that were never started
}

sys::Result<> Runtime::wait(std::optional<std::chrono::nanoseconds> limit) {
  const std::size_t events_before = counters_.events;
  SYS_TRY(loop_->run_once(limit));
  if (const std::size_t events = counters_.events - events_before; events != 0)
    trace(TraceEvent::woken, static_cast<int>(events));
  return {};
}

}  // namespace async
