// A runtime in one file, checkpoint 1 of 6.
//
//   build/release/bin/tiny_1_busy 8080              listening on 127.0.0.1:8080
//   nc 127.0.0.1 8080                               type a line, and read it again
//
// Its flaw: it keeps one processor busy while no client sends anything.
#include <coroutine>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <list>
#include <span>
#include <utility>

#include "epoll/accept_error.hpp"
#include "epoll/tcp_listener.hpp"
#include "syscall/report.hpp"

// #region task
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
// #endregion task

// #region runtime
struct Runtime {
  std::list<Task> tasks;  // what was spawned

  // The spawner: puts a new task into the list.
  void spawn(Task task) { tasks.push_back(std::move(task)); }

  // The executor: resumes every task, since it does not know which of them are ready.
  void turn() {
    for (const Task& task : tasks) task.frame.resume();
    std::erase_if(tasks, [](const Task& task) { return task.frame.done(); });
  }
};
// #endregion runtime

thread_local Runtime* runtime = nullptr;  // of this thread, so that every task can reach it

bool would_block(const auto& result) {
  return !result && sys::would_block(result.error());
}

// #region echo
Task echo(epoll::TcpStream stream) {
  std::byte buffer[512];
  while (true) {
    sys::Result<std::size_t> count;
    while (would_block(count = stream.read(buffer))) co_await std::suspend_always();
    if (!count || *count == 0) co_return;  // ends this task, and no other
    for (auto rest = std::span<const std::byte>(buffer, *count); !rest.empty();) {
      const auto written = stream.write(rest);
      if (would_block(written)) {
        co_await std::suspend_always();
      } else if (written) {
        rest = rest.subspan(*written);
      } else {
        co_return;
      }
    }
  }
}
// #endregion echo

Task serve(epoll::TcpListener listener) {
  while (true) {
    co_await std::suspend_always();
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
  while (!server.frame.done()) {
    server.frame.resume();
    here.turn();
  }
}
