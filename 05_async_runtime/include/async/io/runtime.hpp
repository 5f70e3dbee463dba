// The runtime of one thread: a scheduler that waits with an event loop, so that its tasks can wait
// for descriptors.
//
//   auto runtime = async::Runtime::create();
//   runtime->get()->spawn(serve(std::move(*listener)));
//   auto ended = runtime->get()->run();                    // returns when the last task has ended
//
//   int answer = async::block_on(compute());               // or: one for a single task
//
// In the terms of the original runtime, this is its executor, spawner and reactor, in one thread
// and without a queue between them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <system_error>

#include "async/core/intrusive_list.hpp"
#include "async/core/scheduler.hpp"
#include "async/core/spawn.hpp"
#include "event_loop/event_loop.hpp"
#include "syscall/result.hpp"

namespace async {

class IoSource;

enum class TraceEvent : std::uint8_t {
  watched,    // from now on the loop watches it; once in its life
  unwatched,  // the loop no longer watches it
  woken,      // a turn has begun; the number is that of the sources with events
  accepted,   // it belongs to a client of a TcpListener
  closing,    // it is about to be closed
};

class Runtime final : public Scheduler {
 public:
  // Creates a Runtime with a loop of its own (two descriptors).
  [[nodiscard]] static sys::Result<std::unique_ptr<Runtime>> create();
  // See Scheduler::Closing. Sockets that outlive the runtime are detached from it.
  ~Runtime() override;

  // See Scheduler. For a scheduler that is not a Runtime, `current` is null and the others throw
  // std::bad_cast.
  [[nodiscard]] static Runtime* current() { return dynamic_cast<Runtime*>(Scheduler::current()); }
  [[nodiscard]] static Runtime& here() { return of(Scheduler::here()); }
  [[nodiscard]] static Runtime& of(Scheduler& scheduler) {
    return dynamic_cast<Runtime&>(scheduler);
  }

  [[nodiscard]] event_loop::EventLoop& loop() noexcept { return *loop_; }

  // `told` is called with each event in the life of a descriptor, and with the descriptor; null
  // (the default) costs one branch.
  void on_trace(std::function<void(TraceEvent, int number)> told) { trace_ = std::move(told); }
  void trace(TraceEvent event, int number) const {
    if (trace_) [[unlikely]]
      trace_(event, number);
  }

 private:
  friend class IoSource;  // registers itself, and counts its events

  explicit Runtime(std::unique_ptr<event_loop::EventLoop> loop);
  [[nodiscard]] sys::Result<> wait(std::optional<std::chrono::nanoseconds> limit) override;
  [[nodiscard]] Clock::time_point now() const noexcept override { return loop_->now(); }
  void post(event_loop::Callback&& callback) override { loop_->post(std::move(callback)); }
  void wake() noexcept override { loop_->wake(); }

  std::unique_ptr<event_loop::EventLoop> loop_;
  IntrusiveList<IoSource> sources_;  // registered with the loop; not owned
  std::function<void(TraceEvent, int)> trace_;
};

// Runs one task in a runtime of its own. Tasks that it has spawned and not joined are destroyed
// when it ends. Throws what the task throws, and std::system_error if the runtime cannot be made.
template <Awaitable A>
AwaitResult<A> block_on(A awaitable, std::source_location where = std::source_location::current()) {
  auto runtime = Runtime::create();
  if (!runtime) throw std::system_error(runtime.error(), "no runtime");
  return (*runtime)->block_on(std::move(awaitable), where);
}

}  // namespace async
