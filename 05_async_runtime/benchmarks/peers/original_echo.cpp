// A peer to measure against: an echo server in the design of the originals. A thread of its own waits for
// descriptors (the reactor), another one runs tasks (the executor), and a queue with a lock lies between
// them. Each operation that would block registers its descriptor (EPOLL_CTL_ADD), and the event that ends
// its wait takes it out again (EPOLL_CTL_DEL).
//
// original_runtime.cpp shows the same with its faults and its log; here is what the design costs without
// them.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <coroutine>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <utility>

namespace {

class Task;
using Waker = std::shared_ptr<Task>;

// The tasks that are ready.
class Queue {
 public:
  void send(Waker task) {
    const std::scoped_lock lock(mutex_);
    tasks_.push_back(std::move(task));
    not_empty_.notify_one();
  }
  Waker receive() {
    std::unique_lock lock(mutex_);
    not_empty_.wait(lock, [&] { return !tasks_.empty(); });
    Waker task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
  }

 private:
  std::mutex mutex_;
  std::condition_variable not_empty_;
  std::deque<Waker> tasks_;
};
Queue queue;

class Reactor {
 public:
  Reactor() { std::thread(&Reactor::run, this).detach(); }
  void add_event(int fd, std::uint32_t operation, Waker waker) {
    const std::scoped_lock lock(mutex_);
    wakers_[fd] = std::move(waker);
    epoll_event event{};
    event.events = operation;
    event.data.fd = fd;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

 private:
  void run() {
    std::array<epoll_event, 32> events;
    while (true) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (const epoll_event& event : std::span(events.data(), count < 0 ? 0U : unsigned(count)))
        wake(event.data.fd);
    }
  }
  void wake(int fd) {
    const std::scoped_lock lock(mutex_);
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
    queue.send(std::move(wakers_.extract(fd).mapped()));
  }
  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  std::mutex mutex_;
  std::map<int, Waker> wakers_;
};
Reactor reactor;

struct Leaf {
  virtual bool poll(const Waker& waker) = 0;

 protected:
  ~Leaf() = default;
};

struct Future {
  struct promise_type {
    Future get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
    Leaf* leaf = nullptr;
  };
  std::coroutine_handle<promise_type> handle;
};

class Task {
 public:
  explicit Task(Future future) : future_(future.handle) {}
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() { future_.destroy(); }
  void poll(const Waker& waker) {
    const std::scoped_lock lock(mutex_);
    Leaf*& leaf = future_.promise().leaf;
    while (leaf == nullptr || leaf->poll(waker)) {
      leaf = nullptr;
      future_.resume();
      if (future_.done()) return;
    }
  }

 private:
  std::mutex mutex_;
  std::coroutine_handle<Future::promise_type> future_;
};

template <class Call>
class Operation : Leaf {
 public:
  Operation(int fd, std::uint32_t operation, Call call)
      : fd_(fd), operation_(operation), call_(call) {}
  static bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<Future::promise_type> task) {
    task.promise().leaf = this;
  }
  [[nodiscard]] ssize_t await_resume() const { return result_; }

 private:
  bool poll(const Waker& waker) override {
    result_ = call_();
    if (result_ != -1 || errno != EAGAIN) return true;
    reactor.add_event(fd_, operation_, waker);
    return false;
  }
  int fd_;
  std::uint32_t operation_;
  Call call_;
  ssize_t result_ = 0;
};

auto read(int fd, std::span<char> buffer) {
  return Operation(fd, EPOLLIN, [=] { return ::read(fd, buffer.data(), buffer.size()); });
}
auto write(int fd, std::span<const char> bytes) {
  return Operation(fd, EPOLLOUT,
                   [=] { return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
}
auto accept(int fd) {
  return Operation(fd, EPOLLIN, [=]() -> ssize_t {
    return ::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  });
}

Future handle_client(int client) {
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t count = co_await read(client, buffer);
    std::span<const char> rest(buffer.data(), count < 0 ? 0U : static_cast<std::size_t>(count));
    if (rest.empty()) break;
    while (!rest.empty()) {
      const ssize_t sent = co_await write(client, rest);
      if (sent < 0) break;
      rest = rest.subspan(static_cast<std::size_t>(sent));
    }
    if (!rest.empty()) break;
  }
  ::close(client);
}

Future server_loop(int listener) {
  while (true) {
    const auto client = static_cast<int>(co_await accept(listener));
    if (client >= 0) queue.send(std::make_shared<Task>(handle_client(client)));
  }
}

}  // namespace

int main() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  ::setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener, raw, size) != 0 || ::listen(listener, 4096) != 0) return 1;
  ::getsockname(listener, raw, &size);
  std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  queue.send(std::make_shared<Task>(server_loop(listener)));
  while (true) {
    const Waker task = queue.receive();
    task->poll(task);
  }
}
