// What a task on this runtime can wait for: bytes of a stream, room for them, and clients of a listener.
//
//   async::Task<> echo(uring::Stream stream) {
//     while (auto buffer = co_await stream.read()) {
//       if (buffer->bytes().empty()) break;                  // the client said goodbye
//       if (!co_await stream.write_all(std::move(*buffer))) break;
//     }
//   }
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "async/core/error.hpp"
#include "async/core/operation.hpp"
#include "epoll/tcp_listener.hpp"
#include "epoll/unique_fd.hpp"
#include "uring/runtime.hpp"

namespace uring {

// A request with its outcome, until that is taken. What comes when no task waits is kept.
template <class T>
class RequestFor : public Request {
 public:
  [[nodiscard]] std::optional<sys::Result<T>> take() noexcept {
    return std::exchange(outcome_, std::nullopt);
  }
  // An outcome of something that is asked for no more.
  void forget() noexcept { outcome_.reset(); }

 private:
  void on_completion(int result, unsigned flags) final {
    T value = convert(result, flags);
    if (result < 0) {
      outcome_ = sys::failure(-result);
    } else {
      outcome_ = std::move(value);
    }
  }
  // Owns what the completion brings, also if `result` is an error.
  virtual T convert(int result, unsigned flags) = 0;

  std::optional<sys::Result<T>> outcome_;
};

class Receive final : public RequestFor<Buffer> {
 public:
  Receive(Runtime& runtime, int fd) : runtime_(runtime), fd_(fd) {}

 private:
  void prepare(io_uring_sqe& entry) override {
    ::io_uring_prep_recv(&entry, fd_, nullptr, Runtime::kBufferSize, 0);
    entry.flags |= IOSQE_BUFFER_SELECT;
    entry.buf_group = Runtime::kBufferGroup;
  }
  Buffer convert(int result, unsigned flags) override { return runtime_.taken(result, flags); }
  Runtime& runtime_;
  int fd_;
};

class Send final : public RequestFor<std::size_t> {
 public:
  explicit Send(int fd) : fd_(fd) {}
  // What is to be sent, from now on its own.
  void set(Buffer buffer) noexcept { buffer_ = std::move(buffer); }

 private:
  void prepare(io_uring_sqe& entry) override {
    // MSG_WAITALL: the kernel continues by itself after a part has been sent.
    const auto bytes = buffer_.bytes();
    ::io_uring_prep_send(&entry, fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_WAITALL);
  }
  std::size_t convert(int result, unsigned) override {
    buffer_ = Buffer();
    return static_cast<std::size_t>(std::max(result, 0));
  }
  int fd_;
  Buffer buffer_;
};

class Accept final : public RequestFor<epoll::UniqueFd> {
 public:
  explicit Accept(int fd) : fd_(fd) {}

 private:
  void prepare(io_uring_sqe& entry) override {
    ::io_uring_prep_accept(&entry, fd_, nullptr, nullptr, SOCK_CLOEXEC);
  }
  epoll::UniqueFd convert(int result, unsigned) override {
    return epoll::UniqueFd(std::max(result, -1));
  }
  int fd_;
};

// Waits for the outcome of `request`, which it hands in if the kernel does not have it yet. Errors: those of
// the call, as errno values; Errc::already_waiting if another task waits for it; EBADF if it is closed
// meanwhile; errc::operation_canceled at once if its task is asked to stop: what comes later is kept.
template <class T>
class [[nodiscard]] Outcome : public async::Operation<T> {
 public:
  Outcome(RequestFor<T>& request, std::shared_ptr<void> owner)
      : request_(request), owner_(std::move(owner)) {}

 protected:
  bool attempt() override {
    if (this->is_evicted()) {
      this->result_ = sys::failure(EBADF);
    } else if (request_.waiting().is_taken_by_other_than(*this)) {
      this->result_ = sys::failure(async::Errc::already_waiting);
    } else if (auto outcome = request_.take()) {
      this->result_ = std::move(*outcome);
    } else {
      return false;
    }
    return true;
  }
  bool defer() override {
    return request_.waiting().take(*this) || this->refuse(async::Errc::already_waiting);
  }
  bool park() override {
    if (!defer()) return false;
    if (!request_.is_pending()) Runtime::here().submit(request_, owner_);
    return true;
  }

 private:
  RequestFor<T>& request_;
  std::shared_ptr<void> owner_;  // of the request
};

// Sends all of a buffer. The number of bytes that were sent: fewer if its task was asked to stop meanwhile, or
// operation_canceled if none was; either way when the kernel has let go of the buffer.
class [[nodiscard]] Write final : public Outcome<std::size_t> {
 public:
  Write(Send& send, std::shared_ptr<void> owner, Buffer buffer)
      : Outcome(send, std::move(owner)), send_(send), buffer_(std::move(buffer)) {}

 protected:
  bool attempt() override {
    if (is_handed_in_) return Outcome::attempt();
    if (send_.is_pending()) {  // of a write whose task is gone
      result_ = sys::failure(async::Errc::already_waiting);
      return true;
    }
    return false;
  }
  bool park() override {
    if (!std::exchange(is_handed_in_, true)) {
      send_.forget();
      send_.set(std::move(buffer_));
    }
    return Outcome::park();
  }
  bool on_cancel() override {
    if (!is_handed_in_) return Outcome::on_cancel();
    Runtime::here().cancel(send_);
    return false;
  }

 private:
  Send& send_;
  Buffer buffer_;
  bool is_handed_in_ = false;
};

// A connected socket, of any family. For one reading and one writing task.
class Stream {
 public:
  explicit Stream(epoll::UniqueFd fd)
      : socket_(std::make_shared<Socket>(Runtime::here(), std::move(fd))) {}
  Stream(Stream&&) noexcept = default;
  Stream& operator=(Stream&&) = delete;
  ~Stream() {
    if (socket_) socket_->close();
  }

  // Of no bytes at the end of the stream.
  [[nodiscard]] Outcome<Buffer> read() { return {socket_->receive, socket_}; }
  [[nodiscard]] Write write_all(Buffer buffer) {
    return {socket_->send, socket_, std::move(buffer)};
  }

 private:
  struct Socket {
    Socket(Runtime& of, epoll::UniqueFd owned)
        : runtime(of), fd(std::move(owned)), receive(of, fd.get()), send(fd.get()) {}
    // The kernel keeps the connection until it has let go of both requests.
    void close() {
      runtime.cancel(receive);
      runtime.cancel(send);
      receive.waiting().evict();
      send.waiting().evict();
      fd.reset();
    }
    Runtime& runtime;
    epoll::UniqueFd fd;
    Receive receive;
    Send send;
  };
  std::shared_ptr<Socket> socket_;  // null: moved from
};

class Listener {
 public:
  explicit Listener(epoll::TcpListener listener)
      : socket_(std::make_shared<Socket>(Runtime::here(), std::move(listener))) {}
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { socket_->close(); }

  // The next client, for a Stream.
  [[nodiscard]] Outcome<epoll::UniqueFd> accept() { return {socket_->accept, socket_}; }

 private:
  struct Socket {
    Socket(Runtime& of, epoll::TcpListener owned)
        : runtime(of), listener(std::move(owned)), accept(listener.fd()) {}
    void close() {
      runtime.cancel(accept);
      accept.waiting().evict();
    }
    Runtime& runtime;
    epoll::TcpListener listener;
    Accept accept;
  };
  std::shared_ptr<Socket> socket_;
};

}  // namespace uring
