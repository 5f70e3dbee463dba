// The runtime in one file and its six checkpoints: each flaw is there in one of them, and gone in the next.
// The programs stand here as a reader compiles them, each in a namespace of its own.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <coroutine>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "../../02_epoll_module/tests/running_program.hpp"
#include "epoll/accept_error.hpp"
#include "epoll/poll.hpp"
#include "epoll/signals.hpp"
#include "epoll/socket.hpp"
#include "epoll/tcp_listener.hpp"
#include "syscall/observer.hpp"
#include "syscall/report.hpp"

namespace tiny_runtime_test {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wreturn-type"  // `main` need not return anything, but only outside
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wsubobject-linkage"  // to g++, what is included is a header
#endif
namespace busy {
#include "../examples/tiny/tiny_1_busy.cpp"
}
namespace lost_wakeup {
#include "../examples/tiny/tiny_2_lost_wakeup.cpp"
}
namespace dead_frame {
#include "../examples/tiny/tiny_3_dead_frame.cpp"
}
namespace deep_stack {
#include "../examples/tiny/tiny_4_deep_stack.cpp"
}
namespace unfair {
#include "../examples/tiny/tiny_5_unfair.cpp"
}
namespace no_stop {
#include "../examples/tiny/tiny_6_no_stop.cpp"
}
namespace complete {
#include "../examples/tiny_runtime.cpp"
}
#pragma GCC diagnostic pop

// A checkpoint as a type: its runtime, and a task that echoes to `stream`.
#define CHECKPOINT(name, space)              \
  struct name : space::Runtime {             \
    name() {                                 \
      space::runtime = this;                 \
    }                                        \
    void serve(epoll::TcpStream stream) {    \
      spawn(space::echo(std::move(stream))); \
    }                                        \
  }
CHECKPOINT(Busy, busy);
CHECKPOINT(LostWakeup, lost_wakeup);
CHECKPOINT(DeadFrame, dead_frame);
CHECKPOINT(DeepStack, deep_stack);
CHECKPOINT(Unfair, unfair);
CHECKPOINT(NoStop, no_stop);
CHECKPOINT(Complete, complete);

// Until it would sleep for ever: no task is ready, and no event is there.
void settle(auto& runtime) {
  if constexpr (requires { runtime.poll; }) {
    pollfd events{.fd = runtime.poll.fd(), .events = POLLIN, .revents = 0};
    while (!runtime.ready.empty() || ::poll(&events, 1, 0) == 1) runtime.turn();
  } else {
    for (int i = 0; i < 100; ++i) runtime.turn();
  }
}

// The other end of what a task serves. Its calls are not observed.
class Client {
 public:
  explicit Client(auto& runtime) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    fd_.reset(ends[0]);
    served = ends[1];
    runtime.serve(epoll::TcpStream::adopt(epoll::UniqueFd(ends[1])));
    settle(runtime);
  }
  // How much of it the kernel takes.
  std::size_t send(std::string_view bytes) const {
    const auto count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return static_cast<std::size_t>(std::max<ssize_t>(count, 0));
  }
  // What has come by now, and a mark if that is all there will be.
  [[nodiscard]] std::string receive() const {
    std::string all;
    std::array<char, 4096> buffer;
    while (true) {
      const auto count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (count == 0) return all + "(end)";
      if (count < 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }
  int served = -1;  // the server's end

 private:
  epoll::UniqueFd fd_;
};

// Sends a message before each read of the server, so that no read ever has to wait.
class AlwaysMore : public sys::CallCounter {
 public:
  AlwaysMore(const Client& client, int messages) : client_(client), left_(messages) {}
  int before_transfer(std::string_view name, int fd, std::size_t&) noexcept override {
    if (fd != client_.served) return on_other(), 0;
    if (name != "recv" || left_ == 0) return 0;
    --left_;
    ++sent;
    (void)client_.receive();
    client_.send("message");
    const auto* const here = static_cast<const char*>(__builtin_frame_address(0));
    highest_ = std::max(highest_, here, std::less<>());
    lowest_ = sent == 1 ? here : std::min(lowest_, here, std::less<>());
    if (sent == 1) on_first();
    return 0;
  }
  [[nodiscard]] std::ptrdiff_t stack() const {
    return highest_ - lowest_;
  }  // bytes that it has grown

  std::function<void()> on_first = [] {};
  std::function<void()> on_other = [] {};  // a transfer of another client
  int sent = 0;

 private:
  const Client& client_;
  int left_;
  const char* highest_ = nullptr;
  const char* lowest_ = nullptr;
};

template <class Runtime>
void expect_echo() {
  Runtime runtime;
  const Client one(runtime);
  const Client other(runtime);
  for (const std::string message : {"hello", "again"}) {
    one.send(message);
    settle(runtime);
    EXPECT_EQ(one.receive(), message);
    EXPECT_EQ(other.receive(), "");
  }
}
TEST(TinyRuntime, every_checkpoint_sends_back_what_a_client_sends) {
  expect_echo<Busy>();
  expect_echo<LostWakeup>();
  expect_echo<DeadFrame>();
  expect_echo<DeepStack>();
  expect_echo<Unfair>();
  expect_echo<NoStop>();
  expect_echo<Complete>();
}

template <class Runtime>
std::size_t reads_without_data() {
  Runtime runtime;
  const Client client(runtime);
  sys::CallCounter calls;
  const sys::ScopedObserver watching(calls);
  settle(runtime);
  return calls.of("recv");
}
TEST(TinyRuntime, a_busy_executor_reads_in_each_turn_and_with_a_reactor_no_turn_is_needed) {
  EXPECT_EQ(reads_without_data<Busy>(), 100);
  EXPECT_EQ(reads_without_data<LostWakeup>(), 0);
}

template <class Runtime>
std::size_t echoed_of(std::size_t size) {
  Runtime runtime;
  const Client client(runtime);
  client.send(std::string(size, 'x'));
  settle(runtime);
  return client.receive().size();
}
TEST(TinyRuntime, what_came_before_the_wait_is_lost_unless_the_task_tries_first) {
  EXPECT_EQ(echoed_of<LostWakeup>(4000), 512);
  EXPECT_EQ(echoed_of<DeadFrame>(4000), 4000);
  EXPECT_EQ(echoed_of<Complete>(4000), 4000);
}

// Whether a task that is destroyed between its event and its turn would be resumed.
template <class Runtime>
bool would_resume_the_dead() {
  Runtime runtime;
  const Client client(runtime);
  client.send("hello");
  runtime.react();
  EXPECT_FALSE(runtime.ready.empty());
  runtime.tasks.clear();
  return !runtime.ready.empty();
}
TEST(TinyRuntime, the_handle_of_a_destroyed_task_stays_in_a_queue_but_a_waiter_leaves_its_list) {
  EXPECT_TRUE(would_resume_the_dead<DeadFrame>());
  EXPECT_FALSE(would_resume_the_dead<DeepStack>());
  EXPECT_FALSE(would_resume_the_dead<Complete>());
}

template <class Runtime>
std::ptrdiff_t stack_of_messages(int count) {
  Runtime runtime;
  const Client client(runtime);
  AlwaysMore observer(client, count);
  const sys::ScopedObserver watching(observer);
  client.send("message");
  settle(runtime);
  EXPECT_EQ(observer.sent, count);
  return observer.stack();
}
TEST(TinyRuntime, tasks_that_resume_one_another_need_more_stack_for_each_call) {
  EXPECT_GT(stack_of_messages<DeepStack>(500), 500 * 100);
  EXPECT_LT(stack_of_messages<Unfair>(500), 5000);
  EXPECT_LT(stack_of_messages<Complete>(500), 5000);
}

// How many messages of a client that always has more are read before the one message of another client,
// which comes while the first one is served.
template <class Runtime>
int messages_before_another(int count) {
  Runtime runtime;
  const Client greedy(runtime);
  const Client modest(runtime);
  AlwaysMore observer(greedy, count);
  int before = -1;
  observer.on_first = [&] { modest.send("hello"); };
  observer.on_other = [&] {
    if (before == -1) before = observer.sent;
  };
  const sys::ScopedObserver watching(observer);
  greedy.send("message");
  settle(runtime);
  EXPECT_EQ(modest.receive(), "hello");
  return before;
}
TEST(TinyRuntime, a_client_that_always_has_more_is_served_alone_unless_there_is_a_budget) {
  EXPECT_EQ(messages_before_another<Unfair>(500), 500);
  // Two turns of 32 attempts, two for each message, and the next message is being read.
  EXPECT_EQ(messages_before_another<NoStop>(500), 33);
  EXPECT_EQ(messages_before_another<Complete>(500), 33);
}

// Neither side waits for the other: whichever buffer is full, the server's task waits.
TEST(TinyRuntime, a_message_that_is_longer_than_all_buffers_comes_back_whole) {
  Complete runtime;
  const Client client(runtime);
  std::string message(1'000'000, ' ');
  for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<char>(i % 251);
  std::string_view left = message;
  std::string echo;
  while (echo.size() < message.size()) {
    left.remove_prefix(client.send(left));
    settle(runtime);
    const std::string piece = client.receive();
    ASSERT_FALSE(piece.empty());
    echo += piece;
  }
  EXPECT_EQ(echo, message);
}

TEST(TinyRuntime, a_task_that_is_told_to_stop_first_sends_back_what_has_come) {
  Complete runtime;
  const Client silent(runtime);
  const Client quick(runtime);
  quick.send("hello");
  runtime.stop();
  settle(runtime);
  EXPECT_TRUE(runtime.tasks.empty());
  EXPECT_EQ(silent.receive(), "(end)");
  EXPECT_EQ(quick.receive(), "hello(end)");
}

TEST(TinyRuntime, a_client_that_always_has_more_cannot_keep_the_server_from_stopping) {
  Complete runtime;
  const Client greedy(runtime);
  AlwaysMore observer(greedy, 500);
  observer.on_first = [&] { runtime.stop(); };
  const sys::ScopedObserver watching(observer);
  greedy.send("message");
  settle(runtime);
  EXPECT_TRUE(runtime.tasks.empty());
  EXPECT_EQ(observer.sent, 1);
}

epoll::ExitStatus status_after(const std::string& program, int signal) {
  programs::RunningProgram server(program);
  programs::Connection client(server.address());
  EXPECT_EQ(client.send("hello").read_all(5), "hello");
  server.signal(signal);
  const auto status = server.end();
  EXPECT_EQ(client.read_all(), "");
  return status.value();
}
TEST(TinyRuntime, a_signal_kills_a_server_whose_tasks_cannot_be_stopped) {
  EXPECT_EQ(status_after("tiny_6_no_stop", SIGTERM), epoll::ExitStatus::killed(SIGTERM));
  EXPECT_EQ(status_after("tiny_runtime", SIGTERM), epoll::ExitStatus::exited(0));
  EXPECT_EQ(status_after("tiny_runtime", SIGINT), epoll::ExitStatus::exited(0));
}

TEST(TinyRuntime, the_client_that_has_been_there_longest_makes_room_for_a_new_one) {
  programs::RunningProgram server("tiny_runtime", {"0", "2"});
  const auto address = server.address();
  std::list<programs::Connection> clients;
  for (const std::string name : {"first", "second", "third"}) {
    auto& client = clients.emplace_back(address);
    EXPECT_EQ(client.send(name).read_all(name.size()), name);
  }
  EXPECT_EQ(clients.front().read_all(), "");  // the end
  EXPECT_EQ(clients.back().send("still").read_all(5), "still");
  EXPECT_EQ(std::next(clients.begin())->send("here").read_all(4), "here");
}

}  // namespace tiny_runtime_test
