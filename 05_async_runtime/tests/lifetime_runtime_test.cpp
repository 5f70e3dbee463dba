// A runtime that goes while tasks wait in it, in whatever way.
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <latch>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "lifetime.hpp"
#include "syscall/open_descriptors.hpp"

namespace {

using async::Task;
using async::TcpStream;
using async::testing::Alive;
using async::testing::Gate;
using async::testing::stream_pair;
using async::testing::turns;
using namespace std::chrono_literals;

// One task for each way to wait.
class Ways {
 public:
  explicit Ways(int& count)
      : alive(count), channel(async::channel<int>(1)), full(async::channel<int>(1)) {
    EXPECT_TRUE(full.first.try_send(0));
    async::testing::fill(streams.first);
    was_set.set();
  }
  int& alive;
  std::pair<async::Sender<int>, async::Receiver<int>> channel, full;
  async::Event event, was_set;
  async::Mutex mutex;
  std::pair<TcpStream, TcpStream> streams = stream_pair();
  std::pair<TcpStream, TcpStream> limited = stream_pair();
  async::TcpListener listener = async::TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
  async::UdpSocket datagrams{epoll::UdpSocket::bind(epoll::SocketAddress::loopback(0)).value()};
  async::Signals signals = async::Signals::create({SIGUSR2}).value();
  std::stop_source stop;
  std::shared_ptr<std::latch> job_may_end = std::make_shared<std::latch>(1);
};
Task<> at_a_channel(Ways& ways) {
  const Alive local(ways.alive);
  (void)co_await ways.channel.second.receive();
}
Task<> at_a_full_channel(Ways& ways) {
  const Alive local(ways.alive);
  (void)co_await ways.full.first.send(1);
}
Task<> at_an_event(Ways& ways) {
  const Alive local(ways.alive);
  (void)co_await ways.event.wait();
}
Task<> with_the_lock(Ways& ways) {
  const Alive local(ways.alive);
  const auto lock = co_await ways.mutex.lock();
  (void)co_await async::sleep_for(24h);
}
Task<> at_a_socket(Ways& ways) {
  const Alive local(ways.alive);
  std::array<std::byte, 8> buffer;
  (void)co_await ways.streams.first.read(buffer);
}
Task<> at_a_full_socket(Ways& ways) {
  const Alive local(ways.alive);
  const std::vector<std::byte> bytes(1000);
  (void)co_await ways.streams.first.write_all(bytes);
}
Task<> at_a_socket_with_a_limit(Ways& ways) {
  const Alive local(ways.alive);
  std::array<std::byte, 8> buffer;
  (void)co_await async::timeout(24h, ways.limited.first.read(buffer));
}
Task<> at_a_listener(Ways& ways) {
  const Alive local(ways.alive);
  auto incoming = ways.listener.incoming();
  (void)co_await incoming.next();
}
Task<> at_datagrams(Ways& ways) {
  const Alive local(ways.alive);
  std::array<std::byte, 8> buffer;
  (void)co_await ways.datagrams.receive_from(buffer);
}
Task<> at_signals(Ways& ways) {
  const Alive local(ways.alive);
  (void)co_await ways.signals.next();
}
Task<> at_a_child(Ways& ways) {
  const Alive local(ways.alive);
  const std::vector<std::string> sleeper{"sleep", "1000"};
  auto child = async::Child::spawn(sleeper).value();
  (void)co_await child.wait();
}
Task<> at_a_job(Ways& ways) {
  const Alive local(ways.alive);
  auto job = [may_end = ways.job_may_end] { may_end->wait(); };
  (void)co_await async::spawn_blocking(std::move(job));
}
Task<> behind_the_others(Ways& ways) {
  const Alive local(ways.alive);
  while (true) (void)co_await ways.was_set.wait();  // until its turn is over, and again
}
Task<> at_a_task(Ways& ways) {
  const Alive local(ways.alive);
  auto other = async::spawn(at_an_event(ways));
  (void)co_await other.join();
}
Task<sys::Result<>> at_an_event_with_result(Ways& ways) {
  const Alive local(ways.alive);
  co_return co_await ways.event.wait();
}
Task<> with_a_limit(Ways& ways) {
  const Alive local(ways.alive);
  (void)co_await async::timeout(24h, at_an_event_with_result(ways));
}
Task<> with_a_token(Ways& ways) {
  const Alive local(ways.alive);
  (void)co_await async::stop_when(ways.stop.get_token(), at_an_event_with_result(ways));
}
Task<> at_all(Ways& ways) {
  const Alive local(ways.alive);
  (void)co_await async::when_all(at_an_event(ways), at_an_event(ways));
}
Task<> at_any(Ways& ways) {
  const Alive local(ways.alive);
  (void)co_await async::when_any(at_an_event(ways), at_an_event(ways));
}
Task<> always_ready(Ways& ways) {
  const Alive local(ways.alive);
  while (true) (void)co_await async::yield();
}

TEST(Lifetime, a_runtime_that_is_destroyed_destroys_all_that_wait_in_whatever_way) {
  const sys::DescriptorWatch watch;
  int alive = 0;
  {
    Ways ways(alive);
    {
      auto runtime = async::Runtime::create().value();
      for (auto* const way : {at_a_channel,     at_a_full_channel,
                              at_an_event,      with_the_lock,
                              with_the_lock,    at_a_socket,
                              at_a_full_socket, at_a_socket_with_a_limit,
                              at_a_listener,    at_datagrams,
                              at_signals,       at_a_child,
                              at_a_job,         behind_the_others,
                              at_a_task,        with_a_limit,
                              with_a_token,     at_all,
                              at_any,           always_ready})
        runtime->spawn(way(ways));
      runtime->block_on(turns(4));
      runtime->spawn(at_an_event(ways));  // and one that has not run yet
      EXPECT_EQ(alive, 27);
      EXPECT_EQ(runtime->tasks(), 28U);
    }
    EXPECT_EQ(alive, 0);
    ways.job_may_end->count_down();
    ways.stop.request_stop();
    // What they waited for is as good as new.
    ways.event.set();
    EXPECT_TRUE(ways.channel.first.try_send(1));
    EXPECT_EQ(ways.full.second.try_receive(), 0);
    EXPECT_FALSE(ways.full.second.try_receive());
  }
  EXPECT_EQ(watch.change(), 0);
}

// A local whose destructor does what destructors may do.
class Busy {
 public:
  explicit Busy(async::Event& event, async::JoinHandle<>& other, int& alive)
      : event_(event), other_(other), alive_(alive) {}
  ~Busy() {
    event_.set();
    other_.cancel();
    async::spawn(hold(Alive(alive_)));
    (void)async::Runtime::here().dump_tasks();
  }
  static Task<> hold(Alive) { co_await turns(1); }

 private:
  async::Event& event_;
  async::JoinHandle<>& other_;
  int& alive_;
};
Task<> wait_for(async::Event& event, int& alive, int& went_on) {
  const Alive local(alive);
  (void)co_await event.wait();
  ++went_on;
}
Task<> busy_at_the_end(async::Event& event, async::JoinHandle<>& other, int& alive) {
  const Busy local(event, other, alive);
  (void)co_await async::sleep_for(24h);
}
TEST(Lifetime, destructors_may_wake_cancel_and_spawn_while_the_runtime_is_destroyed) {
  int alive = 0;
  int went_on = 0;
  async::Event event;
  async::JoinHandle<> other;
  {
    auto runtime = async::Runtime::create().value();
    other = runtime->spawn(wait_for(event, alive, went_on));
    runtime->spawn(busy_at_the_end(event, other, alive));
    runtime->spawn(wait_for(event, alive, went_on));
    runtime->block_on(turns(2));
    EXPECT_EQ(alive, 2);
  }
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(went_on, 0);
}

Task<> nested(int depth, Gate& gate, int& alive) {
  const Alive local(alive);
  if (depth == 0) {
    (void)co_await std::move(gate);
  } else {
    co_await nested(depth - 1, gate, alive);
  }
}
TEST(Lifetime, a_chain_of_tasks_that_await_one_another_is_destroyed_as_a_whole) {
  int alive = 0;
  Gate gate;
  {
    auto runtime = async::Runtime::create().value();
    runtime->spawn(nested(100, gate, alive));
    runtime->block_on(turns(2));
    EXPECT_EQ(alive, 101);
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace
