// A service of HTTP in a thread of its own, and clients that block.
#pragma once

#include <future>

#include "async/http/http_service.hpp"
#include "client.hpp"

namespace async::testing {

[[nodiscard]] inline std::string get(const std::string& path, const std::string& fields = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}
// The three digits of an answer.
[[nodiscard]] inline std::string status_of(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 ") ? answer.substr(9, 3) : "no status in: " + answer;
}

// A service in a thread of its own, until the end of the test.
class Served {
 public:
  // `change` says what is not as usual.
  explicit Served(
      HttpService::Handler handler,
      const std::function<void(HttpService::Options&)>& change = [](HttpService::Options&) {})
      : runtime_(Runtime::create().value()),
        service_(std::move(handler), changed(change)),
        listener_(listen()),
        address_(listener_.local_address().value()),
        thread_([this] { why_ = runtime_->block_on(service_.serve(std::move(listener_))); }) {}
  ~Served() { stop(); }

  void drain(Duration time_limit = 10s, Duration notice = Duration(0)) {
    runtime_->handle().post([=, this] { service_.drain(time_limit, notice); });
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
  // In good order, once no client is left.
  void expect_end() {
    drain(1h);
    thread_.join();
  }
  void join() { thread_.join(); }
  [[nodiscard]] const HttpService& service() const { return service_; }  // once it has stopped
  [[nodiscard]] const epoll::SocketAddress& address() const { return address_; }
  [[nodiscard]] Client client() const { return Client(address_); }
  // A client that has sent `bytes`.
  [[nodiscard]] Client asked(std::string_view bytes) const {
    auto client = this->client();
    client.send(bytes);
    return client;
  }
  // What comes, up to the end, for `bytes` from a client of their own.
  [[nodiscard]] std::string answer_to(std::string_view bytes) const {
    return asked(bytes).read_all();
  }

 private:
  static HttpService::Options changed(const std::function<void(HttpService::Options&)>& change) {
    HttpService::Options options;
    change(options);
    return options;
  }
  std::unique_ptr<Runtime> runtime_;
  HttpService service_;
  TcpListener listener_;
  epoll::SocketAddress address_;
  std::error_code why_;
  std::thread thread_;
};

// Serves in this thread, which an observer may watch, while `clients` run in another one.
inline void serve_here(HttpService& service,
                       const std::function<void(const epoll::SocketAddress&)>& clients) {
  const auto runtime = Runtime::create().value();
  auto listener = listen();
  const std::jthread other([&, address = listener.local_address().value()] {
    clients(address);
    runtime->handle().post([&] { service.drain(1h); });
  });
  (void)runtime->block_on(service.serve(std::move(listener)));
}

}  // namespace async::testing
