// The asynchronous runtime of the originals in C++, with its echo server, and as faulty as it was.
//
//   build/release/bin/original_runtime 8080             listening on 127.0.0.1:8080, and a long log
//   nc 127.0.0.1 8080                                   type a line, and read it again
//   build/release/bin/original_runtime --spawn 9000     a task that starts 9000 tasks in a row
//
// Four words of that time: a *spawner* puts a task into a queue; the *executor* takes it out and runs it
// up to where it has to wait; the *reactor* waits for all descriptors, in a thread of its own; a *waker*
// puts the task into the queue again.
//
// It is here to be broken: the fault gallery runs it, and then async_echo_server, its mended form. It
// stands in no library, and nothing is to be copied from it. Its faults are rows of docs/faults.md:
//   C1   EINTR ends the reactor's thread without a word      C9   nothing says "queued already"
//   C2   an error of one client ends all                        C10  a read that is given up stays
//   C3   no descriptor left: the same                           C11  a spawner alive, and no end
//   C4   the count of a write is dropped                        C12  ADD and DEL for each operation
//   C5   epoll is told before the waker is in the map           C13  no room for the client's address
//   C6   a lock is held while waking                            C14  a queue of 128 clients
//   C7   a queue with a bound, filled by who empties it         C15  no timers, no cancelling, no join
//   C8   one waker for both directions                          C20  three lines for each message
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <coroutine>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace {

void log(const std::string& text, std::source_location at = std::source_location::current()) {
  std::string_view file = at.file_name();
  file.remove_prefix(file.rfind('/') + 1);
  std::fprintf(stderr, "[%.*s:%3u] %s\n", static_cast<int>(file.size()), file.data(),
               static_cast<unsigned>(at.line()), text.c_str());
}
void log(const char* text, int number, std::source_location at = std::source_location::current()) {
  log(text + std::to_string(number), at);
}

// `unwrap`: a value, or the end of the program.
template <class T>
T unwrap(T result) {
  if (result != -1) return result;
  std::fprintf(stderr, "panicked: called unwrap on an error: %s\n", std::strerror(errno));
  std::_Exit(101);
}

// --- task

class Task;
using Waker = std::shared_ptr<Task>;

// The queue of ready tasks: bounded(10000). It ends when its last sender is gone.
struct Channel {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Waker> tasks;
  bool closed = false;
};
class Sender {
 public:
  explicit Sender(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  ~Sender() {
    const std::scoped_lock lock(channel_->mutex);
    channel_->closed = true;
    channel_->changed.notify_all();
  }
  void send(Waker task) {
    std::unique_lock lock(channel_->mutex);
    channel_->changed.wait(lock, [&] { return channel_->tasks.size() < 10'000; });
    channel_->tasks.push_back(std::move(task));
    channel_->changed.notify_all();
  }

 private:
  std::shared_ptr<Channel> channel_;
};

// What a task waits for. Looks whether it is ready; if not, sees to it that the waker is woken.
struct Leaf {
  virtual bool poll(const Waker& waker) = 0;

 protected:
  ~Leaf() = default;
};

// A coroutine that a task runs. It waits for leaves, and for no other coroutine.
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

class Task : public std::enable_shared_from_this<Task> {
 public:
  Task(Future future, std::shared_ptr<Sender> sender)
      : future_(future.handle), task_sender_(std::move(sender)) {}
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() { future_.destroy(); }

  // Runs it to its end (true), or to a leaf that is not ready.
  bool poll(const Waker& waker) {
    const std::scoped_lock lock(mutex_);
    Leaf*& leaf = future_.promise().leaf;
    while (leaf == nullptr || leaf->poll(waker)) {
      leaf = nullptr;
      future_.resume();
      if (future_.done()) return true;
    }
    return false;
  }
  void wake() { task_sender_->send(shared_from_this()); }
  [[nodiscard]] std::uint64_t id() const { return id_; }

 private:
  static inline std::atomic<std::uint64_t> next_id = 0;
  std::uint64_t id_ = next_id++;
  std::mutex mutex_;
  std::coroutine_handle<Future::promise_type> future_;
  std::shared_ptr<Sender> task_sender_;
};

// --- executor

class Spawner {
 public:
  explicit Spawner(std::shared_ptr<Sender> sender) : sender_(std::move(sender)) {}
  void spawn(Future future) const { sender_->send(std::make_shared<Task>(future, sender_)); }

 private:
  std::shared_ptr<Sender> sender_;
};

class Executor {
 public:
  explicit Executor(std::shared_ptr<Channel> queue) : task_queue_(std::move(queue)) {}

  void run() {
    while (const Waker task = receive()) {
      const Waker waker = waker_cache_.try_emplace(task->id(), task).first->second;
      if (task->poll(waker)) waker_cache_.erase(task->id());
    }
  }

 private:
  Waker receive() {
    std::unique_lock lock(task_queue_->mutex);
    task_queue_->changed.wait(lock,
                              [&] { return task_queue_->closed || !task_queue_->tasks.empty(); });
    if (task_queue_->tasks.empty()) return nullptr;
    Waker task = std::move(task_queue_->tasks.front());
    task_queue_->tasks.pop_front();
    task_queue_->changed.notify_all();
    return task;
  }
  std::shared_ptr<Channel> task_queue_;
  std::map<std::uint64_t, Waker> waker_cache_;
};

// --- reactor

class Reactor {
 public:
  static Reactor& instance() {
    static Reactor reactor;
    return reactor;
  }
  void add_event(int fd, std::uint32_t op, Waker waker) {
    log("(Reactor) add event: ", fd);
    epoll_event event{};
    event.events = op;  // level-triggered
    event.data.fd = fd;
    unwrap(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event));
    const std::scoped_lock lock(mutex_);
    wakers_[fd] = std::move(waker);
  }

 private:
  Reactor() { std::thread(&Reactor::main_loop, this).detach(); }

  void main_loop() {
    log("Start reactor main loop");
    while (true) {
      std::array<epoll_event, 32> events;
      const int nfd = ::epoll_wait(epoll_, events.data(), events.size(), -1);
      if (nfd == -1) return;
      log("(Reactor) wake up. nfd = ", nfd);
      for (const epoll_event& event : std::span(events).first(static_cast<std::size_t>(nfd))) {
        const int fd = event.data.fd;
        const std::scoped_lock lock(mutex_);
        const auto waker = wakers_.extract(fd);
        if (waker.empty()) continue;
        log("(Reactor) delete event: ", fd);
        if (::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr) == -1) return;
        waker.mapped()->wake();
      }
    }
  }
  int epoll_ = unwrap(::epoll_create1(EPOLL_CLOEXEC));
  std::mutex mutex_;
  std::map<int, Waker> wakers_;
};

// --- async_io

// Makes a call as often as it takes: what co_await gives is its result, or -1 and an errno value.
template <class Call>
class Operation : Leaf {
 public:
  Operation(int fd, std::uint32_t op, Call call) : fd_(fd), op_(op), call_(call) {}
  static bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<Future::promise_type> task) {
    task.promise().leaf = this;
  }
  ssize_t await_resume() const {
    errno = error_;
    return result_;
  }

 private:
  bool poll(const Waker& waker) override {
    result_ = call_();
    error_ = errno;
    if (result_ != -1 || error_ != EAGAIN) return true;
    Reactor::instance().add_event(fd_, op_, waker);
    return false;
  }
  int fd_;
  std::uint32_t op_;
  Call call_;
  ssize_t result_ = 0;
  int error_ = 0;
};

class TcpStream {
 public:
  explicit TcpStream(int fd) : fd_(fd) { log("(TcpStream)  accept: ", fd_); }
  TcpStream(TcpStream&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~TcpStream() {
    if (fd_ == -1) return;
    log("(TcpStream)  close : ", fd_);
    ::close(fd_);
  }
  auto read(char* into, std::size_t size) const {
    return Operation(fd_, EPOLLIN, [fd = fd_, into, size] { return ::read(fd, into, size); });
  }
  auto write(const char* from, std::size_t size) const {
    return Operation(fd_, EPOLLOUT, [fd = fd_, from, size] { return ::write(fd, from, size); });
  }

 private:
  int fd_;
};

class TcpListener {
 public:
  explicit TcpListener(std::uint16_t port)
      : fd_(unwrap(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))) {
    const int on = 1;
    unwrap(::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    unwrap(::bind(fd_, name, size));
    unwrap(::listen(fd_, 128));
    unwrap(::getsockname(fd_, name, &size));
    std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    log("(TcpListener) listen: ", fd_);
  }
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;
  ~TcpListener() {
    log("(TcpListener) close : ", fd_);
    ::close(fd_);
  }
  // The descriptor of the next client.
  auto next() const {
    return Operation(fd_, EPOLLIN, [fd = fd_] {
      sockaddr_in address;
      socklen_t length = 0;
      const int client = ::accept(fd, reinterpret_cast<sockaddr*>(&address), &length);
      if (client != -1)
        unwrap(::fcntl(client, F_SETFL, unwrap(::fcntl(client, F_GETFL)) | O_NONBLOCK));
      return static_cast<ssize_t>(client);
    });
  }

 private:
  int fd_;
};

// --- the example

Future handle_client(TcpStream stream) {
  std::array<char, 1024> buf;
  while (true) {
    const auto n = static_cast<std::size_t>(unwrap(co_await stream.read(buf.data(), buf.size())));
    if (n == 0) break;
    log("(handle client) " + std::string(buf.data(), n));
    unwrap(co_await stream.write(buf.data(), n));
  }
}

Future server_loop(std::uint16_t port, Spawner spawner) {
  const TcpListener listener(port);
  while (true) {
    const auto fd = static_cast<int>(unwrap(co_await listener.next()));
    spawner.spawn(handle_client(TcpStream(fd)));
  }
}

// What a queue with a bound comes to: a task that fills it is the one that would empty it.
Future count(int& ran) {
  ++ran;
  co_return;
}
Future spawn_in_a_row(Spawner spawner, int tasks, int& ran) {
  for (int i = 0; i < tasks; ++i) spawner.spawn(count(ran));
  co_return;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // as the start of every Rust program does
  const auto channel = std::make_shared<Channel>();
  Executor executor(channel);
  int ran = 0;
  {
    const Spawner spawner(std::make_shared<Sender>(channel));
    if (argc == 3 && argv[1] == std::string_view("--spawn")) {
      spawner.spawn(spawn_in_a_row(spawner, std::atoi(argv[2]), ran));
    } else {
      const int port = argc > 1 ? std::atoi(argv[1]) : 0;
      spawner.spawn(server_loop(static_cast<std::uint16_t>(port), spawner));
    }
  }
  executor.run();
  std::printf("%d tasks have run\n", ran);
}
