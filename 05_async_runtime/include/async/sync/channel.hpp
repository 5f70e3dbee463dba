// Messages from many tasks to one, in order, with bounded capacity.
//
//   auto [sender, receiver] = async::channel<std::string>(16);
//   async::spawn(produce(std::move(sender)));              // co_await sender.send("hello")
//   while (auto message = co_await receiver.receive()) use(*message);
//   // here the last sender has gone, or the task was asked to stop
//
// Back pressure: while the channel is full, `send` waits; a sender that must not wait uses
// `try_send`.
//
// End: `receive` fails with Errc::closed when all messages are taken and no more can come, because
// no sender is left or the receiver was closed; `send` fails with it when the receiver is gone or
// closed.
//
// Threads: the tasks may belong to different runtimes, and operations that do not wait (try_send,
// copying and destroying a sender) may be used without a runtime.
//
// Each message travels in a list node, and only nodes change hands under the lock. Constructors and
// destructors of messages run outside it, so they may use the channel: a request that carries a
// sender for its reply is a valid message. Nodes are reused: a channel that has been full once
// allocates nothing more.
//
// For one message, sent once, such as the reply of another task or thread:
//
//   auto [promise, answer] = async::oneshot<int>();
//   std::thread([promise = std::move(promise)]() mutable { promise.send(42); }).detach();
//   sys::Result<int> number = co_await answer.receive();   // Errc::closed: it was dropped unsent
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "async/core/error.hpp"
#include "async/core/intrusive_list.hpp"
#include "async/core/operation.hpp"
#include "async/core/remote_waker.hpp"
#include "syscall/result.hpp"
#include "syscall/todo.hpp"

namespace async {

namespace detail {

// A node that holds a message; empty once the node was handed on.
template <class T>
using Parcel = std::list<std::optional<T>>;

// An entry in one of the two waiting lines of a channel.
template <class T>
class ChannelWaiter : public ListHook {
 public:
  RemoteWaker waker;
  Parcel<T> message;  // of a sender, until the receiver takes it from the line
};

// What both sides share. All of it is guarded by its mutex. While the mutex is held, no task is
// woken, and no code of the message type runs.
template <class T>
class ChannelState {
  static_assert(std::is_nothrow_move_constructible_v<T>,
                "a message must not throw when it is moved: it would be lost half-way. "
                "Send a std::unique_ptr to it");

 public:
  explicit ChannelState(std::size_t room) noexcept : capacity(room) {}

  // -- without the lock ---------------------------------------------------------------------------
  // Puts `message` into a node. If this throws, nothing was moved.
  Parcel<T> pack(T& message) {
    Parcel<T> parcel;
    {
      const std::scoped_lock lock(mutex);
      if (!spare.empty()) parcel.splice(parcel.end(), spare, spare.begin());
    }
    if (parcel.empty()) parcel.emplace_back();
    parcel.front().emplace(std::move(message));
    return parcel;
  }
  // Takes the message out of its node; the node is kept for a later message.
  T unpack(Parcel<T> parcel) noexcept {
    T message = std::move(*parcel.front());
    parcel.front().reset();
    {
      const std::scoped_lock lock(mutex);
      if (spare.size() < capacity) spare.splice(spare.end(), parcel);
    }
    return message;  // not under the lock: without copy elision, this moves the message
  }
  // Allocates nodes for the whole capacity, so that sending allocates nothing.
  void reserve() {
    while (spare.size() < capacity) spare.emplace_back();
  }

  // Appends the message if there is room. Otherwise leaves it as it is.
  sys::Result<> send(Parcel<T>& message) {
    std::unique_lock lock(mutex);
    const auto to_wake = try_send(message);
    lock.unlock();
    if (to_wake) to_wake->wake();
    return sys::without_value(to_wake);
  }
  // Takes the oldest message, if there is one. Errc::already_waiting for a `receiver` that comes
  // while another one waits.
  sys::Result<T> receive(const ChannelWaiter<T>* receiver = nullptr) {
    RemoteWaker to_wake;
    std::unique_lock lock(mutex);
    const bool is_second =
        receiver != nullptr && !receivers.empty() && receivers.front() != receiver;
    if (is_second) return sys::failure(Errc::already_waiting);
    auto message = try_receive(to_wake);
    lock.unlock();
    to_wake.wake();
    SYS_TRY(message);
    return unpack(std::move(*message));
  }
  // From now on no message is accepted; wakes the waiting tasks.
  void close() noexcept {
    // #region channel.close
    while (true) {
      std::unique_lock lock(mutex);
      is_closed = true;
      const ChannelWaiter<T>* next = senders.pop_front();
      if (next == nullptr) next = receivers.pop_front();
      if (next == nullptr) return;
      const RemoteWaker to_wake = next->waker;
      lock.unlock();
      to_wake.wake();
    }
    // #endregion channel.close
  }

  // -- under the lock -----------------------------------------------------------------------------
  [[nodiscard]] bool is_full() const noexcept { return queue.size() >= capacity; }
  void push(Parcel<T>&& message) noexcept { queue.splice(queue.end(), message); }
  Parcel<T> pop() noexcept {
    Parcel<T> message;
    message.splice(message.end(), queue, queue.begin());
    return message;
  }

  // Appends `message` if that is possible now, and returns the waker of the waiting receiver, which
  // is to be woken outside the lock. would_block: full. Errc::closed: nothing could ever receive
  // it.
  sys::Result<RemoteWaker> try_send(Parcel<T>& message) {
    // #region 5.13 try_send
    if (is_closed) return sys::failure(Errc::closed);
    if (is_full()) return sys::failure(std::errc::operation_would_block);
    push(std::move(message));
    const ChannelWaiter<T>* const first = receivers.front();
    return first != nullptr ? first->waker : RemoteWaker();
    // #endregion 5.13
  }

  // Takes the oldest message, and appends the message of the first waiting sender, if any.
  // would_block: empty. Errc::closed: empty, and no message can come any more.
  sys::Result<Parcel<T>> try_receive(RemoteWaker& to_wake) {
    // #region 5.14 try_receive
    if (queue.empty()) {
      if (is_closed) return sys::failure(Errc::closed);
      return sys::failure(std::errc::operation_would_block);
    }
    Parcel<T> message = pop();
    if (ChannelWaiter<T>* const next = senders.pop_front()) {
      push(std::move(next->message));
      to_wake = next->waker;
    }
    return message;
    // #endregion 5.14
  }

  const std::size_t capacity;
  std::mutex mutex;
  Parcel<T> queue;                            // the oldest message first
  Parcel<T> spare;                            // nodes without a message
  IntrusiveList<ChannelWaiter<T>> senders;    // non-empty only while the queue is full
  IntrusiveList<ChannelWaiter<T>> receivers;  // one at most; it leaves when its wait is over
  bool is_closed = false;                     // no more messages are accepted
};

// What sending, which has no value, and receiving have in common.
template <class T, class Value>
class [[nodiscard]] ChannelOperation : public Operation<Value> {
 public:
  using State = ChannelState<T>;
  ChannelOperation(ChannelOperation&&) noexcept = default;  // before it begins
  ~ChannelOperation() override {
    if (this->has_begun()) leave_line();
  }

  [[nodiscard]] sys::Result<Value> await_resume() {
    leave_line();  // even if the operation has a name, and lives on
    return Operation<Value>::await_resume();
  }

 protected:
  explicit ChannelOperation(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}

  bool park() override {
    constexpr bool kSends = std::is_void_v<Value>;
    const std::scoped_lock lock(state_->mutex);
    if (state_->is_closed || (kSends ? !state_->is_full() : !state_->queue.empty())) {
      this->wake();  // something has changed since the attempt: try again
    } else {
      place_.waker = RemoteWaker(this->context());
      (kSends ? state_->senders : state_->receivers).push_back(place_);
    }
    return true;
  }
  void leave_line() noexcept {
    const std::scoped_lock lock(state_->mutex);
    place_.unlink();
  }

  std::shared_ptr<State> state_;
  ChannelWaiter<T> place_;
};

}  // namespace detail

// Result<>: the channel has taken the message. If cancelled, or with Errc::closed, it was not sent.
template <class T>
class [[nodiscard]] SendOperation : public detail::ChannelOperation<T, void> {
 public:
  SendOperation(std::shared_ptr<detail::ChannelState<T>> state, T& message)
      : detail::ChannelOperation<T, void>(std::move(state)) {
    this->place_.message = this->state_->pack(message);
  }

 protected:
  bool attempt() override {
    this->leave_line();
    const bool is_taken = this->place_.message.empty();  // by the receiver, from the line
    this->result_ = is_taken ? sys::Result<>() : this->state_->send(this->place_.message);
    return this->result_ || !sys::would_block(this->result_.error());
  }
};

// Result<T>: the next message. Errc::closed at the end; Errc::already_waiting if another task waits
// for it. If cancelled, it has taken none.
template <class T>
class [[nodiscard]] ReceiveOperation : public detail::ChannelOperation<T, T> {
 public:
  explicit ReceiveOperation(std::shared_ptr<detail::ChannelState<T>> state) noexcept
      : detail::ChannelOperation<T, T>(std::move(state)) {}

 protected:
  bool attempt() override {
    auto message = this->state_->receive(&this->place_);
    if (message) {
      this->result_.emplace(std::move(*message));
      return true;
    }
    this->fail(message.error());
    return !sys::would_block(message.error());
  }
};

// May be copied: each copy is a sender of its own, to be used by one task or thread at a time.
template <class T>
class Sender {
 public:
  using State = detail::ChannelState<T>;
  explicit Sender(const std::shared_ptr<State>& state)
      : state_(state.get(), [state](State* shared) { shared->close(); }) {}

  // Waits while there is no room.
  [[nodiscard]] SendOperation<T> send(T message) { return SendOperation<T>(state_, message); }
  // Does not wait: would_block if there is no room.
  [[nodiscard]] sys::Result<> try_send(T message) {
    auto parcel = state_->pack(message);
    return state_->send(parcel);
  }
  // The receiver is gone, or has closed the channel.
  [[nodiscard]] bool is_closed() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->is_closed;
  }

 private:
  // Null once moved from. Destroying the last copy, which a sender or a pending send holds, closes
  // the channel.
  std::shared_ptr<State> state_;
};

// The only receiver of its channel. Destroying it destroys the messages that are left.
template <class T>
class Receiver {
 public:
  using State = detail::ChannelState<T>;
  explicit Receiver(const std::shared_ptr<State>& state) noexcept
      : state_(state.get(), Close{state}) {}

  // Waits while there is no message. For one task at a time.
  [[nodiscard]] ReceiveOperation<T> receive() {
    return ReceiveOperation<T>(state_.get_deleter().shared);
  }
  // Does not wait: would_block if there is no message.
  [[nodiscard]] sys::Result<T> try_receive() { return state_->receive(); }
  // Refuses further messages: every `send`, also one that waits, fails with Errc::closed. What was
  // sent before can still be received; after that `receive`, also one that waits, fails with it,
  // too.
  void close() noexcept {
    if (state_) state_->close();
  }

 private:
  struct Close {
    void operator()(State* state) const noexcept {
      state->close();
      detail::Parcel<T> untaken;  // destroyed after unlocking: a message may hold a sender
      const std::scoped_lock lock(state->mutex);
      untaken.swap(state->queue);
    }
    std::shared_ptr<State> shared;
  };
  std::unique_ptr<State, Close> state_;  // null once moved from
};

// `capacity`: how many sent messages may wait to be received. Throws std::invalid_argument for 0:
// nothing could ever be sent.
template <class T>
[[nodiscard]] std::pair<Sender<T>, Receiver<T>> channel(std::size_t capacity) {
  if (capacity == 0) throw std::invalid_argument("a channel of capacity 0");
  auto state = std::make_shared<detail::ChannelState<T>>(capacity);
  return {Sender<T>(state), Receiver<T>(state)};
}

template <class T>
class OneshotSender : private Sender<T> {
 public:
  explicit OneshotSender(Sender<T> sender) : Sender<T>(std::move(sender)) {}
  OneshotSender(OneshotSender&&) noexcept = default;  // a copy would be a second answer
  OneshotSender& operator=(OneshotSender&&) noexcept = default;

  // From any thread, once. Allocates nothing. Errc::closed if the receiver is gone; the value is
  // then dropped.
  sys::Result<> send(T value) { return this->try_send(std::move(value)); }
  using Sender<T>::is_closed;
};

template <class T>
[[nodiscard]] std::pair<OneshotSender<T>, Receiver<T>> oneshot() {
  auto state = std::make_shared<detail::ChannelState<T>>(1);
  state->reserve();
  return {OneshotSender<T>(Sender<T>(state)), Receiver<T>(state)};
}

}  // namespace async
