// A runtime in one file, checkpoint 5 of 6.
//
//   build/release/bin/tiny_5_unfair 8080            listening on 127.0.0.1:8080; 1000 clients at most
//   nc 127.0.0.1 8080                               type a line, and read it again
//
// Its flaw: a client that always has data keeps all others waiting.
#include <coroutine>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "epoll/accept_error.hpp"
#include "epoll/poll.hpp"
#include "epoll/tcp_listener.hpp"
#include "syscall/report.hpp"

// A link of a circular list. One link is the list itself; each of the others stands for a coroutine, and
// is part of that coroutine's frame.
struct Waiter {
  std::coroutine_handle<> coroutine;
  Waiter* previous = this;
  Waiter* next = this;

  Waiter() = default;
  Waiter(const Waiter&) = delete;  // its neighbours point to it
  ~Waiter() { leave(); }           // so a frame that is destroyed is in no list

  bool empty() const { return next == this; }  // of the list itself
  void leave() {
    previous->next = next;
    next->previous = previous;
    previous = next = this;
  }
  void join(Waiter& list) {
    leave();
    previous = list.previous;
    next = &list;
    previous->next = list.previous = this;
  }
};

thread_local std::coroutine_handle<> successor;  // the executor resumes it next

template <class T = sys::Result<>>
struct [[nodiscard]] Task {  // owns the frame of a coroutine, which starts suspended
  struct promise_type {
    Waiter waiter;
    std::coroutine_handle<> caller;  // null in a task that was spawned
    std::optional<T> result;

    Task get_return_object() {
      waiter.coroutine = Frame::from_promise(*this);
      return Task(Frame::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    struct Return : std::suspend_always {  // the frame stays until ~Task
      void await_suspend(auto self) noexcept { successor = self.promise().caller; }
    };
    Return final_suspend() noexcept { return {}; }
    void return_value(T value) { result = std::move(value); }
    void unhandled_exception() { std::terminate(); }  // errors are values here
  };
  using Frame = std::coroutine_handle<promise_type>;

  explicit Task(Frame own) : frame(own) {}
  Task(Task&& other) noexcept : frame(std::exchange(other.frame, nullptr)) {}
  ~Task() {
    if (frame) frame.destroy();
  }

  // #region call
  // co_await task: a call. The caller does not resume the task, but names it as its successor.
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> caller) const noexcept {
    frame.promise().caller = caller;
    successor = frame;
  }
  // #endregion call
  T await_resume() const { return std::move(*frame.promise().result); }

  Frame frame;
};

struct Runtime {
  epoll::Poll poll = epoll::Poll::create().value();
  epoll::Events events;
  std::map<int, Waiter> waiting;  // by descriptor: the coroutines that wait for it
  Waiter ready;                   // the ready list
  std::list<Task<>> tasks;        // what was spawned, the oldest first

  // The spawner: makes a new task ready.
  void spawn(Task<> task) { start(tasks.emplace_back(std::move(task))); }
  void start(Task<>& task) { task.frame.promise().waiter.join(ready); }

  // The waker: moves coroutines into the ready list. It resumes none.
  void wake(Waiter& list) {
    while (!list.empty()) list.next->join(ready);
  }

  // The reactor: sleeps until a descriptor is ready, and wakes the coroutines that wait for it.
  void react() {
    const auto limit = std::optional<epoll::AnyDuration>(std::chrono::seconds(0));
    poll.wait(events, ready.empty() ? std::nullopt : limit).value();
    for (const epoll::Event event : events) wake(waiting[static_cast<int>(event.token().index)]);
  }
  void watch(int fd) {
    const epoll::Token token{static_cast<unsigned>(fd), 1};
    poll.add(fd, token, epoll::Interest::both(), epoll::Trigger::edge).value();
  }

  // #region executor
  // The executor: resumes each ready coroutine, up to its next wait.
  void execute() {
    while (!ready.empty()) {
      successor = ready.next->coroutine;
      ready.next->leave();
      while (successor) std::exchange(successor, nullptr).resume();
    }
  }
  // #endregion executor

  void turn() {
    react();
    execute();
    std::erase_if(tasks, [](const Task<>& task) { return task.frame.done(); });
  }
};

thread_local Runtime* runtime = nullptr;  // of this thread, so that every task can reach it

struct Wait : std::suspend_always {  // co_await Wait(list): until the executor resumes it
  explicit Wait(Waiter& where) : list(where) {}
  void await_suspend(auto self) const { self.promise().waiter.join(list); }
  Waiter& list;
};

// Makes a call on `fd`, and repeats it for as long as it would block.
template <class Call>
auto attempt(int fd, Call call) -> Task<decltype(call())> {
  auto result = call();
  while (!result && sys::would_block(result.error())) {
    co_await Wait(runtime->waiting[fd]);
    result = call();
  }
  co_return result;
}

Task<> echo(epoll::TcpStream stream) {
  std::byte buffer[512];
  runtime->watch(stream.fd());
  while (true) {
    const auto count = co_await attempt(stream.fd(), [&] { return stream.read(buffer); });
    if (!count || *count == 0) co_return sys::without_value(count);  // ends this task, and no other
    for (auto rest = std::span<const std::byte>(buffer, *count); !rest.empty();) {
      const auto written = co_await attempt(stream.fd(), [&] { return stream.write(rest); });
      if (!written) co_return sys::failure(written.error());
      rest = rest.subspan(*written);
    }
  }
}

Task<> serve(epoll::TcpListener listener, std::size_t most) {
  runtime->watch(listener.fd());
  while (true) {
    auto client = co_await attempt(listener.fd(), [&] { return listener.accept(); });
    if (client) {
      runtime->spawn(echo(std::move(client->stream)));
      if (runtime->tasks.size() > most) runtime->tasks.pop_front();  // the oldest makes room
    } else if (!epoll::is_transient_accept_error(client.error())) {
      std::exit(sys::fail("cannot accept", client.error()));
    }
  }
}

int main(int argc, char** argv) {
  const int port = argc > 1 ? std::atoi(argv[1]) : 8080;
  const int most = argc > 2 ? std::atoi(argv[2]) : 1000;
  auto listener =
      epoll::TcpListener::bind(epoll::SocketAddress::loopback(static_cast<std::uint16_t>(port)));
  if (!listener) return sys::fail("cannot listen", listener.error());
  std::printf("listening on %s\n", listener->local_address().value().to_string().c_str());
  std::fflush(stdout);

  Runtime here;
  runtime = &here;
  auto server = serve(std::move(*listener), static_cast<std::size_t>(most));
  here.start(server);
  while (!server.frame.done()) here.turn();
}
