// Messages from many threads to one that waits in epoll [eventfd(2)].
//
//   auto channel = epoll::Channel<Job>::create(64);
//   poll.add(channel->receiver.fd(), token, epoll::Interest::read(), epoll::Trigger::level);
//   std::thread worker([sender = channel->sender] { (void)sender.send(Job{...}); });
//   ... once readable:
//   while (auto message = channel->receiver.receive()) {
//     if (!*message) break;  // the end: every sender is gone
//     work_on(std::move(**message));
//   }
//
//   sender --.
//   sender ---+--> [ queue, under a mutex ] ---> receiver
//   sender --'  `----------> eventfd ---------> epoll: "there is something"
//
// The messages are kept in memory; the eventfd only signals that there are any. A burst of a
// thousand messages costs one write and one read of the eventfd, because a wake-up that is still
// pending also covers the messages that come after it.
//
// Each message is carried in a node of a list, and under the mutex only nodes change hands.
// Constructors and destructors of the message run outside the mutex, so they may use the channel: a
// request may well carry a Sender for its answer.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "epoll/waker.hpp"
#include "syscall/result.hpp"
#include "syscall/todo.hpp"

namespace epoll {

namespace detail {

// One node with a message in it, or several.
template <class T>
using Parcel = std::list<std::optional<T>>;

// What senders and receiver share; it lives as long as any one of them.
template <class T>
struct ChannelState {
  static_assert(std::is_nothrow_move_constructible_v<T>,
                "a message must not throw when it is moved: it would be lost half-way. "
                "Send a std::unique_ptr to it");

  ChannelState(std::size_t limit, Waker wakes) : capacity(limit), waker(std::move(wakes)) {}

  const std::size_t capacity;  // messages
  const Waker waker;           // readable, or about to be, exactly while `signalled`

  std::mutex mutex;          // guards everything below
  Parcel<T> queue;           // the oldest message first
  std::size_t promised = 0;  // room reserved for messages that are about to come
  std::size_t senders = 1;
  bool receiver_gone = false;
  // A wake-up was promised and has not been consumed: the eventfd is readable, or the thread that
  // has set this flag is about to make it readable.
  bool signalled = false;

  // True if the caller has to wake the receiver. The caller does so after it has released the
  // mutex, because that mutex is the first thing that the receiver needs when it is woken.
  [[nodiscard]] bool promise_wake() noexcept { return !std::exchange(signalled, true); }

  // Consumes the wake-up, so that the eventfd is no longer readable. If the wake-up is still to
  // come, it will be spurious, and the next receive() consumes it.
  void take_wake() noexcept {
    if (signalled && waker.drain()) signalled = false;
  }
};

}  // namespace detail

// One of the producers; a copy is another producer. Any thread may use and destroy a Sender, but
// only one thread at a time may use the same object. Not for signal handlers, which must not wait
// for a mutex: they use a Waker.
template <class T>
class Sender {
 public:
  // Hands `message` over, without waiting. If it is not taken, it is left as it was:
  //   would_block  the channel is full. Nothing reports when there is room again: drop the message,
  //                or try again later
  //   EPIPE        the receiver is gone, for ever
  [[nodiscard]] sys::Result<> send(T&& message) const {
    // #region 2.18 send
    detail::Parcel<T> parcel(1);
    {
      const std::scoped_lock lock(state_->mutex);
      if (state_->receiver_gone) return sys::failure(std::errc::broken_pipe);
      if (state_->queue.size() + state_->promised >= state_->capacity)
        return sys::failure(std::errc::operation_would_block);
      ++state_->promised;
    }
    parcel.front().emplace(std::move(message));  // outside the mutex, as it may do anything
    bool wake = false;
    {
      const std::scoped_lock lock(state_->mutex);
      --state_->promised;
      if (state_->receiver_gone) return {};  // gone meanwhile: dropped, as any unread message
      state_->queue.splice(state_->queue.end(), parcel);
      wake = state_->promise_wake();
    }
    if (wake) state_->waker.wake();
    return {};
    // #endregion 2.18
  }
  [[nodiscard]] sys::Result<> send(const T& message) const { return send(T(message)); }

  Sender(const Sender& other) : state_(other.state_) {
    if (!state_) return;
    const std::scoped_lock lock(state_->mutex);
    ++state_->senders;
  }
  Sender(Sender&& other) noexcept = default;
  Sender& operator=(Sender other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  // The last Sender to be destroyed ends the channel, which wakes the receiver.
  ~Sender() {
    if (!state_) return;
    bool wake = false;
    {
      const std::scoped_lock lock(state_->mutex);
      wake = --state_->senders == 0 && !state_->receiver_gone && state_->promise_wake();
    }
    if (wake) state_->waker.wake();
  }

 private:
  template <class>
  friend struct Channel;
  explicit Sender(std::shared_ptr<detail::ChannelState<T>> state) noexcept
      : state_(std::move(state)) {}
  std::shared_ptr<detail::ChannelState<T>> state_;  // null: moved from
};

// The consumer, for one thread at a time.
template <class T>
class Receiver {
 public:
  // The next message, in the order in which each sender sent its own; nullopt, at every call, once
  // every sender is gone and everything has been read; would_block if there is no message at the
  // moment.
  [[nodiscard]] sys::Result<std::optional<T>> receive() {
    // #region 2.19 receive
    detail::Parcel<T> parcel;
    bool ended = false;
    {
      const std::scoped_lock lock(state_->mutex);
      auto& queue = state_->queue;
      if (!queue.empty()) parcel.splice(parcel.end(), queue, queue.begin());
      ended = state_->senders == 0;
      // Under the mutex: if checking the queue and draining the eventfd were two steps, a sender
      // could put a message in between them, and the drain would consume its wake-up.
      if (queue.empty() && !ended) state_->take_wake();
    }
    if (!parcel.empty()) return std::move(parcel.front());
    if (!ended) return sys::failure(std::errc::operation_would_block);
    return std::nullopt;
    // #endregion 2.19
  }

  // Readable while there is a message, or once the end is reached. It may also be readable when
  // nothing is there, because a message was read before its wake-up came: receive() then gives
  // would_block, and the descriptor is no longer readable.
  //
  // Remove it from the Poll before you destroy the receiver: a sender that is left keeps the
  // eventfd open, and with it the registration.
  [[nodiscard]] int fd() const noexcept { return state_->waker.fd(); }

  Receiver(Receiver&& other) noexcept = default;
  Receiver& operator=(Receiver other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  // From here on senders get EPIPE; unread messages are dropped.
  ~Receiver() {
    if (!state_) return;
    detail::Parcel<T> unread;  // destroyed after the mutex is released: a message may hold a Sender
    const std::scoped_lock lock(state_->mutex);
    state_->receiver_gone = true;
    unread.swap(state_->queue);
  }

 private:
  template <class>
  friend struct Channel;
  explicit Receiver(std::shared_ptr<detail::ChannelState<T>> state) noexcept
      : state_(std::move(state)) {}
  std::shared_ptr<detail::ChannelState<T>> state_;  // null: moved from
};

// Both ends of a new channel.
template <class T>
struct Channel {
  // Holds up to `capacity` messages, so that a consumer that is too slow costs a bounded amount of
  // memory. EINVAL for 0; EMFILE or ENFILE when no descriptor is left.
  [[nodiscard]] static sys::Result<Channel> create(std::size_t capacity) {
    if (capacity == 0) return sys::failure(EINVAL);
    auto waker = Waker::create();
    SYS_TRY(waker);
    auto state = std::make_shared<detail::ChannelState<T>>(capacity, std::move(*waker));
    return Channel(Sender<T>(state), Receiver<T>(state));
  }

  Channel(Sender<T> sending, Receiver<T> receiving) noexcept
      : sender(std::move(sending)), receiver(std::move(receiving)) {}

  Sender<T> sender;
  Receiver<T> receiver;
};

}  // namespace epoll
