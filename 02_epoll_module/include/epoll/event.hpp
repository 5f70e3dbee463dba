// What epoll_wait reports, and the buffer that it reports into.
#pragma once

#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "epoll/token.hpp"

namespace epoll {

// One event. It describes the state at the time when the kernel reported it. By the time you handle
// the event, an earlier one of the same batch may have closed the connection. Even "readable" is
// only a good reason to try: the read may still give EAGAIN.
class Event {
 public:
  explicit Event(const epoll_event& raw) noexcept
      : token_(Token::unpack(raw.data.u64)), bits_(raw.events) {}
  Event(Token token, std::uint32_t bits) noexcept : token_(token), bits_(bits) {}

  [[nodiscard]] Token token() const noexcept { return token_; }
  [[nodiscard]] std::uint32_t bits() const noexcept { return bits_; }  // EPOLL* flags

  // A read will not block: there are bytes, the end, or an error that the read will report. Check
  // this before is_hangup: data that came before the hang-up is still there to be read.
  [[nodiscard]] bool is_readable() const noexcept {
    return has(EPOLLIN) || has(EPOLLRDHUP) || has(EPOLLHUP) || has(EPOLLERR);
  }
  // A write will not block: there is room, or an error that the write will report.
  [[nodiscard]] bool is_writable() const noexcept {
    return has(EPOLLOUT) || has(EPOLLHUP) || has(EPOLLERR);
  }
  // The peer sends no more. It may still read: a client that has shut down its writing side is
  // waiting for an answer.
  [[nodiscard]] bool is_read_closed() const noexcept { return has(EPOLLRDHUP) || has(EPOLLHUP); }
  // Both directions are over.
  [[nodiscard]] bool is_hangup() const noexcept { return has(EPOLLHUP); }
  // A byte has been sent out of band [tcp(7)]: a read stops short at its place in the stream.
  [[nodiscard]] bool is_urgent() const noexcept { return has(EPOLLPRI); }
  // The descriptor has an error, which TcpStream::take_error returns.
  [[nodiscard]] bool is_error() const noexcept { return has(EPOLLERR); }

 private:
  [[nodiscard]] bool has(std::uint32_t flag) const noexcept { return (bits_ & flag) != 0; }
  Token token_;
  std::uint32_t bits_;
};

// A buffer for the events of one wait. If more descriptors are ready than it has room for, the
// kernel reports the others at the next waits, in turn, so that none starves [epoll_wait(2),
// NOTES].
class Events {
 public:
  explicit Events(std::size_t capacity = 1024) : buffer_(capacity == 0 ? 1 : capacity) {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t capacity() const noexcept { return buffer_.size(); }
  [[nodiscard]] Event operator[](std::size_t i) const { return Event(buffer_[i]); }

  class Iterator {
   public:
    explicit Iterator(const epoll_event* at) noexcept : at_(at) {}
    Event operator*() const noexcept { return Event(*at_); }
    Iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    friend bool operator==(Iterator, Iterator) noexcept = default;

   private:
    const epoll_event* at_;
  };
  [[nodiscard]] Iterator begin() const noexcept { return Iterator(buffer_.data()); }
  [[nodiscard]] Iterator end() const noexcept { return Iterator(buffer_.data() + size_); }

 private:
  friend class Poll;  // fills the buffer and sets the size
  std::vector<epoll_event> buffer_;
  std::size_t size_ = 0;
};

}  // namespace epoll
