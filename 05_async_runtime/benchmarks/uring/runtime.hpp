// A scheduler that waits for completions: the tasks of this stage on io_uring [io_uring(7)].
//
//        task            Request of a socket           kernel
//   co_await read() --> park: handed in ----------------> |   by the next wait, with all the others
//         |                                               |
//       parked  <------- wake <-- completion <----------- |   a result, and a buffer that is ours again
//         |
//      attempt: takes the result
//
// A prototype, to measure and to learn from. Tasks, timers, groups and channels are those of the library, and
// nothing in async/core was changed for it: Scheduler::wait is all that knows epoll. What differs from
// async/io is the promise of an operation:
//
// * Memory. The kernel writes and reads at a time of its own choice, so no buffer may live in the frame of
//   a coroutine. A read gives a Buffer, a write takes one. The kernel takes those for reading out of a common
//   store when bytes are there (provided buffers), so a connection that is silent holds none.
// * Results. What the kernel has been asked for has happened when the completion says so, whether a task
//   still waits for it or not. So a Request belongs to the socket and not to the operation, and keeps what
//   comes in: the next read gets the bytes for which a cancelled one has waited.
// * Cancelling. A read ends at once, for it only gives up waiting. A write ends when its completion has come:
//   before, how much has been sent is known to the kernel alone, and the buffer is in use.
// * Lifetime. A socket that is closed lives on until the kernel has let go of it, and a runtime that is
//   destroyed waits for that.
//
// Needs liburing 2.3 and Linux 6.1.
#pragma once

#include <liburing.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "async/async.hpp"
#include "epoll/waker.hpp"
#include "event_loop/callback.hpp"

namespace uring {

class Runtime;

// A piece of the runtime's memory, lent: given back by scope. It must not outlive the runtime.
class Buffer {
 public:
  Buffer() noexcept = default;  // of no bytes
  Buffer(Runtime& runtime, std::uint16_t number, std::size_t size) noexcept
      : runtime_(&runtime), number_(number), size_(size) {}
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer(std::move(other)).swap(*this);
    return *this;
  }
  ~Buffer();

  [[nodiscard]] std::span<std::byte> bytes() const noexcept;

 private:
  void swap(Buffer& other) noexcept {
    std::swap(runtime_, other.runtime_);
    std::swap(number_, other.number_);
    std::swap(size_, other.size_);
  }
  Runtime* runtime_ = nullptr;
  std::uint16_t number_ = 0;
  std::size_t size_ = 0;
};

// What the kernel may be asked for, one at a time. While it is asked, `owner_` keeps alive what this is part
// of, and everything that the kernel may touch.
class Request : public async::ListHook {
 public:
  [[nodiscard]] bool is_pending() const noexcept { return owner_ != nullptr; }
  // The task that waits for the outcome.
  [[nodiscard]] async::WaiterSlot& waiting() noexcept { return waiting_; }

 protected:
  ~Request() = default;

 private:
  friend class Runtime;
  virtual void prepare(io_uring_sqe& entry) = 0;
  virtual void on_completion(int result, unsigned flags) = 0;

  std::shared_ptr<void> owner_;
  async::WaiterSlot waiting_;
};

class Runtime final : public async::Scheduler {
 public:
  // For the thread that makes it [io_uring_setup(2), IORING_SETUP_SINGLE_ISSUER].
  [[nodiscard]] static sys::Result<std::unique_ptr<Runtime>> create();
  // Cancels what is pending, and waits until the kernel has let go of all of it.
  ~Runtime() override;

  [[nodiscard]] static Runtime& here() { return dynamic_cast<Runtime&>(Scheduler::here()); }

  // Hands a request in, with the next wait. `owner` keeps it. Precondition: it is not pending.
  void submit(Request& request, std::shared_ptr<void> owner);
  // The kernel is asked to end it early: its completion comes soon, with what has been done until then.
  void cancel(Request& request);

  // The buffer that the kernel has chosen, by a completion of IOSQE_BUFFER_SELECT: from now on the caller's.
  [[nodiscard]] Buffer taken(int size, unsigned flags) noexcept;
  [[nodiscard]] std::size_t free_buffers() const noexcept { return free_buffers_; }
  static constexpr std::uint16_t kBufferGroup = 0;
  static constexpr std::uint16_t kBuffers = 2048;  // a power of two
  static constexpr std::size_t kBufferSize = 4096;

 private:
  friend class Buffer;
  class WakeUp;
  struct FreeMemory {
    void operator()(void* memory) const noexcept { std::free(memory); }
  };

  explicit Runtime(epoll::Waker waker);
  [[nodiscard]] sys::Result<> set_up_ring();
  [[nodiscard]] sys::Result<> set_up_store();
  [[nodiscard]] sys::Result<> wait(std::optional<std::chrono::nanoseconds> limit) override;
  [[nodiscard]] async::Clock::time_point now() const noexcept override { return now_; }
  void post(event_loop::Callback&& callback) override;
  void wake() noexcept override { waker_.wake(); }

  [[nodiscard]] io_uring_sqe& next_entry();
  void hand_in(Request& request);
  // Errors as of io_uring_enter(2); that the time is over is none.
  [[nodiscard]] sys::Result<> submit_and_wait(std::optional<std::chrono::nanoseconds> limit);
  void dispatch_completions();
  void dispatch(Request& request, int result, unsigned flags);
  void run_posted();
  [[nodiscard]] std::byte* memory_of(std::uint16_t buffer) noexcept {
    return memory_.data() + buffer * kBufferSize;
  }
  void give_back(std::uint16_t buffer) noexcept;

  event_loop::TimerQueue own_timers_;
  async::Clock::time_point now_ = async::Clock::now();
  epoll::Waker waker_;
  std::mutex mutex_;
  std::vector<event_loop::Callback> posted_;  // guarded by mutex_

  io_uring ring_{};                // ring_fd is -1 until it is set up
  std::vector<std::byte> memory_;  // of all buffers
  std::unique_ptr<io_uring_buf_ring, FreeMemory> store_;
  std::size_t free_buffers_ = 0;
  std::size_t pending_ = 0;                 // requests that the kernel has, or will have
  async::IntrusiveList<Request> starving_;  // no buffer was left for them
  std::shared_ptr<WakeUp> wake_up_;
};

}  // namespace uring
