// A descriptor that tasks wait for: registered once, with room for one reader and one writer.
//
//                     +--- IoSource ------------------------------+
//   epoll --event-->  |  readable yes/no    reader o-------------------> operation of one task
//                     |  writable yes/no    writer o-------------------> operation of another
//                     +-------------------------------------------+
//
// Try first, register later. A source starts as "ready for everything": the first read is attempted
// at once. Only when a call would block is the descriptor registered, for both directions and
// edge-triggered, and no other epoll_ctl call follows until the source is closed: from then on the
// two bits record what is worth trying. An event sets them, EAGAIN clears them.
//
// A short read saves a call. If a read from a TCP stream returns fewer bytes than requested, the
// stream is empty, so the bit is cleared without the second read that would fail with EAGAIN
// [epoll(7), Questions 9]. There are two exceptions. The first is the end of the stream: the event
// that announces it is reported once, perhaps together with the last bytes, and once it was seen,
// the bit stays set. The second is a byte that was sent out of band: it leaves a mark at which a
// read stops short although more data has arrived behind it [tcp(7)], so a short read proves
// nothing.
#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "async/core/intrusive_list.hpp"
#include "async/core/waiter_slot.hpp"
#include "epoll/token.hpp"
#include "event_loop/event_loop.hpp"
#include "syscall/result.hpp"

namespace async {

class Runtime;
class Scheduler;

enum class Direction : std::uint8_t { read, write };

class IoSource : public event_loop::Source, public ListHook {
 public:
  // `fd` is not owned. Close the source before the descriptor.
  explicit IoSource(int fd) noexcept : fd_(fd) {}
  // Calls `close`.
  ~IoSource() override;
  IoSource(const IoSource&) = delete;
  IoSource& operator=(const IoSource&) = delete;

  // Returns what `call` returns, a Result, if the source is ready; otherwise EAGAIN, without a
  // system call. After an error for which sys::would_block is true the source is not ready until
  // the next event.
  template <class Call>
  [[nodiscard]] std::invoke_result_t<Call&> try_io(Direction direction, Call&& call) {
    if (!is_ready(direction)) return sys::failure(EAGAIN);
    auto result = call();
    if (!result && sys::would_block(result.error())) clear_readiness(direction);
    return result;
  }
  [[nodiscard]] bool is_ready(Direction direction) const noexcept {
    return ready_[index_of(direction)];
  }
  void clear_readiness(Direction direction) noexcept { ready_[index_of(direction)] = false; }
  // Called after a short read or write of a stream. Clears the readiness, unless the end of the
  // stream or an out-of-band mark was announced.
  void on_partial_io(Direction direction);

  // For the budget of the task that moves the bytes: counts the bytes read or written until they
  // are taken.
  void on_transfer(std::size_t bytes) noexcept { transferred_ += bytes; }
  [[nodiscard]] std::size_t take_transferred() noexcept { return std::exchange(transferred_, 0); }

  // The slot in which the operation that reads, or the one that writes, waits until it is over.
  [[nodiscard]] WaiterSlot& waiting(Direction direction) noexcept {
    return waiting_[index_of(direction)];
  }
  // From now on events wake the waiting operations: registers the descriptor if that has not been
  // done. EPERM for a file that epoll cannot watch, EINVAL for a descriptor that another runtime
  // watches.
  [[nodiscard]] sys::Result<> watch(Scheduler& scheduler);

  // Stops watching, for good. Operations that wait here end with EBADF, and so do later ones.
  void close() noexcept;
  [[nodiscard]] bool is_closed() const noexcept { return fd_ < 0; }

  // The runtime is gone: resets the source to its unregistered state.
  void forget_runtime() noexcept;

 private:
  static constexpr std::size_t index_of(Direction direction) noexcept {
    return static_cast<std::size_t>(direction);
  }
  void on_event(const epoll::Event& event) override;

  int fd_;
  std::size_t transferred_ = 0;
  Runtime* runtime_ = nullptr;             // whose loop watches it; null: none yet
  epoll::Token token_;                     // valid while runtime_ is not null
  std::array<WaiterSlot, 2> waiting_;      // by direction
  std::array<bool, 2> ready_{true, true};  // by direction
  bool end_announced_ = false;             // the peer sends no more, or the connection is broken
  bool has_mark_ = false;                  // the peer has sent out of band: reads stop short there
};

}  // namespace async
