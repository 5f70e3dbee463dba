// Synchronisation between tasks of one runtime.
//
//   async::Event ready;                    co_await ready.wait();        ready.set();
//   async::Semaphore slots(10);            auto slot = co_await slots.acquire();
//                                          if (!slot) co_return;          // asked to stop: no slot
//   async::Mutex mutex;                    auto lock = co_await mutex.lock();
//
// A mutex is needed less often than one would think: between two `co_await`s no other task runs. It
// is for excluding other tasks across a `co_await`. Waiters are served in order. All three are for
// a single thread, and each has to outlive its waiters and the permits that it gave.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "async/core/intrusive_list.hpp"
#include "async/core/operation.hpp"

namespace async {

// Takes a T from a `Source`, which is an Event or a Semaphore. While there is none, waits in the
// line of the source until the source serves it.
template <class Source, class T>
class [[nodiscard]] TakeInTurn : public Operation<T> {
 public:
  explicit TakeInTurn(Source& source) noexcept : source_(source) {}

  // For the source. The result is `result`, whatever happens to the source before the task's turn.
  void serve(sys::Result<T> result) noexcept {
    this->result_ = std::move(result);
    this->wake();
  }

 protected:
  bool attempt() override {
    if (!this->result_) this->result_ = source_.try_take();
    return this->result_.has_value();
  }
  bool park() override {
    // An operation that still waits after a request to stop keeps its place.
    if (!this->is_linked()) source_.line_.push_back(*this);
    return true;
  }

 private:
  Source& source_;
};

// The same operation, except that it keeps waiting when its task is asked to stop.
template <class Op>
class [[nodiscard]] Unstoppable : public Op {
 public:
  using Op::Op;

 protected:
  bool on_cancel() override {
    // #region sync.on_cancel
    return false;
    // #endregion sync.on_cancel
  }
};

// A condition that becomes true, and may be reset.
class Event {
 public:
  using Wait = TakeInTurn<Event, void>;

  [[nodiscard]] bool is_set() const noexcept { return is_set_; }
  // Ends all waits, and those that begin before `reset`.
  void set() noexcept {
    is_set_ = true;
    while (Wait* const wait = line_.pop_front()) wait->serve({});
  }
  void reset() noexcept { is_set_ = false; }
  // Result<>: the event is set, or has been since the wait began.
  [[nodiscard]] Wait wait() noexcept { return Wait(*this); }

 private:
  friend Wait;
  [[nodiscard]] sys::Result<> try_take() const noexcept {
    if (is_set_) return {};
    return sys::failure(std::errc::operation_would_block);
  }

  IntrusiveList<Wait> line_;
  bool is_set_ = false;
};

// A number of permits; `acquire` waits for a permit to be returned if there is none.
class Semaphore {
 public:
  struct GiveBack {
    void operator()(Semaphore* semaphore) const noexcept { semaphore->give_back(); }
  };
  // Returns the permit when it is destroyed or reset.
  using Permit = std::unique_ptr<Semaphore, GiveBack>;
  using Acquire = TakeInTurn<Semaphore, Permit>;

  explicit Semaphore(std::size_t permits) noexcept : free_(permits) {}
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  // Result<Permit>.
  [[nodiscard]] Acquire acquire() noexcept { return Acquire(*this); }
  [[nodiscard]] std::size_t free() const noexcept { return free_; }

 private:
  friend Acquire;
  [[nodiscard]] sys::Result<Permit> try_take() noexcept {
    if (free_ == 0) return sys::failure(std::errc::operation_would_block);
    --free_;
    return Permit(this);
  }
  // A returned permit goes straight to the first task in the line, if there is one: no later task
  // can take it, and if the first task is cancelled before its turn, the permit is returned again.
  void give_back() noexcept {
    if (Acquire* const next = line_.pop_front()) {
      next->serve(Permit(this));
    } else {
      ++free_;
    }
  }

  std::size_t free_;
  IntrusiveList<Acquire> line_;
};

// Held by one task at a time.
class Mutex {
 public:
  using Lock = Semaphore::Permit;  // unlocks when destroyed

  // Always ends with a Lock: a task that was asked to stop waits for it, too. So no task can continue
  // without the lock that it asked for.
  class [[nodiscard]] LockOperation : public Unstoppable<Semaphore::Acquire> {
   public:
    using Unstoppable::Unstoppable;
    [[nodiscard]] Lock await_resume() { return *Unstoppable::await_resume(); }
  };

  // Lock. To be held for a short time only.
  [[nodiscard]] LockOperation lock() noexcept { return LockOperation(one_); }
  // Result<Lock>: as `lock`, but it can be cancelled and limited: timeout(1s, mutex.acquire()).
  // Check the result before you continue.
  [[nodiscard]] Semaphore::Acquire acquire() noexcept { return one_.acquire(); }

 private:
  Semaphore one_{1};
};

}  // namespace async
