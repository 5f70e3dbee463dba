// A runtime in one file, checkpoint 2 of 6.
//
//   build/release/bin/tiny_2_lost_wakeup 8080       listening on 127.0.0.1:8080
//   nc 127.0.0.1 8080                               type a line, and read it again
//
// Its flaw: what has happened before a task waits for it is lost.
#include <coroutine>
#include <cstdio>
#include <cstdlib>
#include <deque>
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

struct [[nodiscard]] Task {  // owns the frame of a coroutine, which starts suspended
  struct promise_type {
    Task get_return_object() { return Task(Frame::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }  // the frame stays until ~Task
    void return_void() {}
    void unhandled_exception() { std::terminate(); }  // errors are values here
  };
  using Frame = std::coroutine_handle<promise_type>;

  explicit Task(Frame own) : frame(own) {}
  Task(Task&& other) noexcept : frame(std::exchange(other.frame, nullptr)) {}
  ~Task() {
    if (frame) frame.destroy();
  }

  Frame frame;
};

// #region runtime
struct Runtime {
  epoll::Poll poll = epoll::Poll::create().value();
  epoll::Events events;
  std::map<int, std::coroutine_handle<>> waiting;  // by descriptor: the coroutine that waits for it
  std::deque<std::coroutine_handle<>> ready;       // the ready list
  std::list<Task> tasks;                           // what was spawned

  // The spawner: makes a new task ready.
  void spawn(Task task) { start(tasks.emplace_back(std::move(task))); }
  void start(Task& task) { ready.push_back(task.frame); }

  // The waker: moves a coroutine into the ready list. It resumes none.
  void wake(std::coroutine_handle<>& place) {
    if (place) ready.push_back(std::exchange(place, nullptr));
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

  // The executor: resumes each ready coroutine, up to its next wait.
  void execute() {
    while (!ready.empty()) {
      const auto coroutine = ready.front();
      ready.pop_front();
      coroutine.resume();
    }
  }

  void turn() {
    react();
    execute();
    std::erase_if(tasks, [](const Task& task) { return task.frame.done(); });
  }
};
// #endregion runtime

thread_local Runtime* runtime = nullptr;  // of this thread, so that every task can reach it

// #region wait
struct Wait : std::suspend_always {  // co_await Wait(place): until the executor resumes it
  explicit Wait(std::coroutine_handle<>& where) : place(where) {}
  void await_suspend(std::coroutine_handle<> self) const { place = self; }
  std::coroutine_handle<>& place;
};
// #endregion wait

bool would_block(const auto& result) {
  return !result && sys::would_block(result.error());
}

Task echo(epoll::TcpStream stream) {
  std::byte buffer[512];
  runtime->watch(stream.fd());
  while (true) {
    sys::Result<std::size_t> count;
    do {
      co_await Wait(runtime->waiting[stream.fd()]);
      count = stream.read(buffer);
    } while (would_block(count));
    if (!count || *count == 0) co_return;  // ends this task, and no other
    for (auto rest = std::span<const std::byte>(buffer, *count); !rest.empty();) {
      const auto written = stream.write(rest);
      if (would_block(written)) {
        co_await Wait(runtime->waiting[stream.fd()]);
      } else if (written) {
        rest = rest.subspan(*written);
      } else {
        co_return;
      }
    }
  }
}

Task serve(epoll::TcpListener listener) {
  runtime->watch(listener.fd());
  while (true) {
    co_await Wait(runtime->waiting[listener.fd()]);
    auto client = listener.accept();
    if (client) {
      runtime->spawn(echo(std::move(client->stream)));
    } else if (!would_block(client) && !epoll::is_transient_accept_error(client.error())) {
      std::exit(sys::fail("cannot accept", client.error()));
    }
  }
}

int main(int argc, char** argv) {
  const int port = argc > 1 ? std::atoi(argv[1]) : 8080;
  auto listener =
      epoll::TcpListener::bind(epoll::SocketAddress::loopback(static_cast<std::uint16_t>(port)));
  if (!listener) return sys::fail("cannot listen", listener.error());
  std::printf("listening on %s\n", listener->local_address().value().to_string().c_str());
  std::fflush(stdout);

  Runtime here;
  runtime = &here;
  auto server = serve(std::move(*listener));
  here.start(server);
  while (!server.frame.done()) here.turn();
}
