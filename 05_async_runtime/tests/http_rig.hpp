// A service of HTTP in a thread of its own, and clients that block.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>

#include "async/async.hpp"
#include "async/http/http_service.hpp"

namespace async::testing {

// A service in a thread of its own, until the end of the test.
class Served {
 public:
  explicit Served(HttpService::Handler handler, HttpService::Options options = {})
      : runtime_(Runtime::create().value()),
        service_(std::move(handler), std::move(options)),
        listener_(TcpListener::bind(epoll::SocketAddress::loopback(0)).value()),
        address_(listener_.local_address().value()),
        thread_([this] { why_ = runtime_->block_on(service_.serve(std::move(listener_))); }) {}
  ~Served() { stop(); }

  void drain(Duration time_limit = std::chrono::seconds(10)) {
    runtime_->handle().post([this, time_limit] { service_.drain(time_limit); });
  }
  // In the service's thread, and waits for it.
  void call(std::function<void()> function) {
    const auto done = std::make_shared<std::promise<void>>();
    runtime_->handle().post([done, function = std::move(function)] {
      function();
      done->set_value();
    });
    done->get_future().wait();
  }
  std::error_code stop() {
    if (thread_.joinable()) {
      drain();
      thread_.join();
    }
    return why_;
  }
  void join() { thread_.join(); }
  [[nodiscard]] const HttpService& service() const { return service_; }  // once it has stopped
  [[nodiscard]] const epoll::SocketAddress& address() const { return address_; }

 private:
  std::unique_ptr<Runtime> runtime_;
  HttpService service_;
  TcpListener listener_;
  epoll::SocketAddress address_;
  std::error_code why_;
  std::thread thread_;
};

// A client that waits: the server has its own thread.
class Client {
 public:
  explicit Client(const epoll::SocketAddress& server)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    EXPECT_EQ(::connect(fd_.get(), server.data(), server.size()), 0);
  }
  Client& send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) break;  // the server has had enough
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return *this;
  }
  Client& finish() {
    ::shutdown(fd_.get(), SHUT_WR);
    return *this;
  }
  // Everything up to the end.
  std::string read_all() {
    std::string all;
    while (read_more(all)) {
    }
    return all;
  }
  std::string read_until(std::string_view end) {
    std::string all;
    while (!all.contains(end) && read_more(all)) {
    }
    return all;
  }
  std::uint64_t count_all() {
    std::array<char, 65536> buffer;
    std::uint64_t sum = 0;
    for (ssize_t count = 1; count > 0; sum += static_cast<std::uint64_t>(count > 0 ? count : 0))
      count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    return sum;
  }
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    fd_.reset();
  }

 private:
  bool read_more(std::string& all) {
    std::array<char, 4096> buffer;
    const ssize_t count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (count > 0) all.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
  }
  epoll::UniqueFd fd_;
};

}  // namespace async::testing
