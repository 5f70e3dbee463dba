// Messages from many tasks to one, in order, with room for only so many.
//
//   auto [sender, receiver] = async::channel<std::string>(16);
//   async::spawn(produce(std::move(sender)));              // co_await sender.send("hello")
//   while (auto message = co_await receiver.receive()) use(*message);
//   // here the last sender has gone, or the task was asked to stop
//
// Back pressure: while it is full, `send` waits; a sender that must not wait uses `try_send`.
// The end: `receive` fails with Errc::closed when all messages are taken and none can come any more,
// because no sender is left or the receiver was closed; `send` does when the receiver is gone.
// Threads: the tasks may belong to different runtimes, and what does not wait (try_send, copying and
// dropping a sender) may be used without any.
//
// Each message travels in a node of a list, and under the lock only nodes change hands. Constructors
// and destructors of the message run outside, so they may use the channel: a request that carries a
// sender for its answer is a fine message. A node that was used is used again: a channel that has
// been full once allocates nothing more.
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
#include "syscall/todo.hpp"

namespace async {

namespace detail {

// A node with a message in it; of no node, once it was handed on.
template <class T>
using Parcel = std::list<std::optional<T>>;

// What both sides share. Everything in it is guarded by its mutex. While that is held nobody is
// woken, and nothing of the message's own runs.
template <class T>
class ChannelState {
  static_assert(std::is_nothrow_move_constructible_v<T>,
                "a message must not throw when it is moved: it would be lost half-way. "
                "Send a std::unique_ptr to it");

 public:
  // A sender that waits, with the message that it waits with. It leaves the line when the receiver
  // takes that message from it, so the line keeps its order and no waiter wakes up in vain.
  class WaitingSender : public ListHook {
   public:
    RemoteWaker waker;
    Parcel<T>* message = nullptr;
    bool is_taken = false;
  };

  explicit ChannelState(std::size_t room) noexcept : capacity(room) {}

  // Without the lock: `message` in a node. Throws before it has moved anything.
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
  // Without the lock: an empty node, for a message to come.
  void keep(Parcel<T> parcel) noexcept {
    const std::scoped_lock lock(mutex);
    if (spare.size() < capacity) spare.splice(spare.end(), parcel);
  }
  // Without the lock: the message, out of its node.
  T unpack(Parcel<T> parcel) noexcept {
    T message = std::move(*parcel.front());
    parcel.front().reset();
    keep(std::move(parcel));
    return message;  // not under the lock: where this is no elision, it moves the message
  }

  // Nodes for all messages that there is room for: none of them takes memory any more.
  void reserve() {
    while (spare.size() < capacity) spare.emplace_back();
  }

  [[nodiscard]] bool is_full() const noexcept { return queue.size() >= capacity; }
  void push(Parcel<T>&& message) noexcept { queue.splice(queue.end(), message); }
  Parcel<T> pop() noexcept {
    Parcel<T> message;
    message.splice(message.end(), queue, queue.begin());
    return message;
  }

  // Puts `message` in if that is possible now, and returns the waiter to be woken, outside the lock.
  // would_block: full. Errc::closed: it could never be taken. Then the message stays as it is.
  sys::Result<RemoteWaker> try_send(Parcel<T>& message) {
    // #region 5.13 try_send
    if (is_closed) return sys::failure(Errc::closed);
    if (is_full()) return sys::failure(std::errc::operation_would_block);
    push(std::move(message));
    return std::exchange(receiver, RemoteWaker());
    // #endregion 5.13
  }

  // Takes the oldest message, and lets the first of the waiting senders put his one in. would_block:
  // empty. Errc::closed: empty, and no message can come any more.
  sys::Result<Parcel<T>> try_receive(RemoteWaker& to_wake) {
    // #region 5.14 try_receive
    if (queue.empty()) {
      if (senders == 0 || is_closed) return sys::failure(Errc::closed);
      return sys::failure(std::errc::operation_would_block);
    }
    Parcel<T> message = pop();
    if (WaitingSender* const next = line.pop_front()) {
      push(std::move(*next->message));
      next->is_taken = true;
      to_wake = next->waker;
    }
    return message;
    // #endregion 5.14
  }

  const std::size_t capacity;
  std::mutex mutex;
  Parcel<T> queue;                    // the oldest message first
  Parcel<T> spare;                    // nodes without a message
  IntrusiveList<WaitingSender> line;  // not empty only while the queue is full
  RemoteWaker receiver;               // of the task that waits for a message
  const Waiter* reader = nullptr;     // its operation; another one is refused
  std::size_t senders = 0;
  bool is_closed = false;  // no message may be put in any more
};

}  // namespace detail

// Result<>: the message is on its way. Cancelled, or with Errc::closed, it was not sent.
template <class T>
class [[nodiscard]] SendOperation : public Operation<> {
 public:
  using State = detail::ChannelState<T>;
  SendOperation(std::shared_ptr<State> state, T& message)
      : state_(std::move(state)), message_(state_->pack(message)) {}
  SendOperation(SendOperation&&) noexcept = default;  // before it begins
  ~SendOperation() override {
    if (has_begun()) leave_line();
  }

  [[nodiscard]] sys::Result<> await_resume() {
    leave_line();  // even if the operation has a name, and lives on
    return Operation<>::await_resume();
  }

 protected:
  bool attempt() override {
    RemoteWaker to_wake;
    {
      const std::scoped_lock lock(state_->mutex);
      place_.unlink();
      if (place_.is_taken) {
        this->result_ = {};
        return true;
      }
      auto sent = state_->try_send(message_);
      if (!sent && sys::would_block(sent.error())) return false;
      if (!sent) {
        this->fail(sent.error());
        return true;
      }
      to_wake = *sent;
    }
    this->result_ = {};
    to_wake.wake();
    return true;
  }
  bool park() override {
    const std::scoped_lock lock(state_->mutex);
    if (state_->is_closed || !state_->is_full()) {
      this->wake();  // there is news since the attempt: try again
    } else {
      place_.waker = RemoteWaker(this->context());
      place_.message = &message_;
      state_->line.push_back(place_);
    }
    return true;
  }

 private:
  void leave_line() noexcept {
    const std::scoped_lock lock(state_->mutex);
    place_.unlink();
  }

  std::shared_ptr<State> state_;
  detail::Parcel<T> message_;  // of no node, once it was sent
  typename State::WaitingSender place_;
};

// Result<T>: the next message. Errc::closed at the end; Errc::already_waiting if another task waits
// for it. Cancelled, it has taken none.
template <class T>
class [[nodiscard]] ReceiveOperation : public Operation<T> {
 public:
  using State = detail::ChannelState<T>;
  explicit ReceiveOperation(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}
  ReceiveOperation(ReceiveOperation&&) noexcept = default;  // before it begins
  ~ReceiveOperation() override {
    if (this->has_begun()) release();
  }

  [[nodiscard]] sys::Result<T> await_resume() {
    release();  // even if the operation has a name, and lives on
    return Operation<T>::await_resume();
  }

 protected:
  bool attempt() override {
    RemoteWaker to_wake;
    std::unique_lock lock(state_->mutex);
    if (state_->reader != nullptr && state_->reader != this) {
      this->fail(Errc::already_waiting);
      return true;
    }
    auto message = state_->try_receive(to_wake);
    lock.unlock();
    to_wake.wake();
    if (message) {
      this->result_.emplace(state_->unpack(std::move(*message)));
      return true;
    }
    this->fail(message.error());
    return !sys::would_block(message.error());
  }
  bool park() override {
    const std::scoped_lock lock(state_->mutex);
    if (!state_->queue.empty() || state_->senders == 0 || state_->is_closed) {
      this->wake();  // there is news since the attempt: try again
    } else {
      state_->receiver = RemoteWaker(this->context());
      state_->reader = this;
    }
    return true;
  }

 private:
  void release() noexcept {
    const std::scoped_lock lock(state_->mutex);
    if (state_->reader == this) state_->reader = nullptr;
  }

  std::shared_ptr<State> state_;
};

// May be copied: each copy is a sender of its own, to be used by one task or thread at a time.
template <class T>
class Sender {
 public:
  using State = detail::ChannelState<T>;
  explicit Sender(std::shared_ptr<State> state) : state_(std::move(state)) { enter(); }
  Sender(const Sender& other) : state_(other.state_) { enter(); }
  Sender(Sender&& other) noexcept : state_(std::move(other.state_)) {}
  Sender& operator=(Sender other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~Sender() { leave(); }

  // Waits while there is no room.
  [[nodiscard]] SendOperation<T> send(T message) { return SendOperation<T>(state_, message); }
  // Does not wait: would_block if there is no room.
  [[nodiscard]] sys::Result<> try_send(T message) {
    auto parcel = state_->pack(message);
    std::unique_lock lock(state_->mutex);
    auto sent = state_->try_send(parcel);
    lock.unlock();
    if (!sent) return sys::failure(sent.error());
    sent->wake();
    return {};
  }
  // The receiver is gone.
  [[nodiscard]] bool is_closed() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->is_closed;
  }

 private:
  void enter() {
    if (!state_) return;
    const std::scoped_lock lock(state_->mutex);
    ++state_->senders;
  }
  void leave() noexcept {
    if (!state_) return;
    std::unique_lock lock(state_->mutex);
    if (--state_->senders != 0) return;
    const RemoteWaker to_wake = std::exchange(state_->receiver, RemoteWaker());
    lock.unlock();
    to_wake.wake();
  }
  std::shared_ptr<State> state_;  // null once moved from
};

// The only one of its channel. When it goes, so do the messages that are left.
template <class T>
class Receiver {
 public:
  using State = detail::ChannelState<T>;
  explicit Receiver(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}
  Receiver(Receiver&&) noexcept = default;
  Receiver& operator=(Receiver&& other) noexcept {
    Receiver(std::move(other)).swap(*this);
    return *this;
  }
  ~Receiver() {
    close();
    drop_messages();
  }
  void swap(Receiver& other) noexcept { std::swap(state_, other.state_); }

  // Waits while there is none. For one task at a time.
  [[nodiscard]] ReceiveOperation<T> receive() { return ReceiveOperation<T>(state_); }
  // Does not wait: would_block if there is none.
  [[nodiscard]] sys::Result<T> try_receive() {
    RemoteWaker to_wake;
    std::unique_lock lock(state_->mutex);
    auto message = state_->try_receive(to_wake);
    lock.unlock();
    to_wake.wake();
    if (!message) return sys::failure(message.error());
    return state_->unpack(std::move(*message));
  }
  // No more messages, please: every `send`, also one that waits, fails with Errc::closed. What was
  // sent before can still be received; after that `receive`, also one that waits, fails so, too.
  void close() noexcept {
    if (!state_) return;
    // #region channel.close
    while (true) {
      std::unique_lock lock(state_->mutex);
      state_->is_closed = true;
      auto* const next = state_->line.pop_front();
      const RemoteWaker to_wake =
          next != nullptr ? next->waker : std::exchange(state_->receiver, RemoteWaker());
      lock.unlock();
      to_wake.wake();
      if (next == nullptr) break;
    }
    // #endregion channel.close
  }

 private:
  // It is closed, so nothing will be put in any more.
  void drop_messages() noexcept {
    if (!state_) return;
    detail::Parcel<T> untaken;  // goes after the lock: a message may hold a sender
    const std::scoped_lock lock(state_->mutex);
    untaken.swap(state_->queue);
  }
  std::shared_ptr<State> state_;  // null once moved from
};

// `capacity`: how many messages may be on their way. std::invalid_argument for 0: nothing could ever
// be sent.
template <class T>
[[nodiscard]] std::pair<Sender<T>, Receiver<T>> channel(std::size_t capacity) {
  if (capacity == 0) throw std::invalid_argument("a channel without room for a message");
  auto state = std::make_shared<detail::ChannelState<T>>(capacity);
  return {Sender<T>(state), Receiver<T>(state)};
}

}  // namespace async
