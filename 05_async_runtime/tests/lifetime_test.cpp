// Who may go when. Nothing here is about results alone: these tests are run under the address and
// undefined-behaviour sanitizers, and would fail there if a frame, a socket or a timer were touched
// after its end.
#include <gtest/gtest.h>

#include <fcntl.h>

#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "syscall/open_descriptors.hpp"
#include "testing.hpp"

namespace {

using async::Clock;
using async::Task;
using async::TcpStream;
using async::testing::Alive;
using async::testing::bytes_of;
using async::testing::Gate;
using async::testing::stream_pair;
using async::testing::text_of;
using async::testing::turns;
using namespace std::chrono_literals;

Task<> read_once(TcpStream& stream, sys::Result<std::size_t>& result, int& alive) {
  const Alive local(alive);
  std::array<std::byte, 64> buffer;
  result = co_await stream.read(buffer);
}
Task<> write(TcpStream& stream, std::string_view text) {
  const auto written = co_await stream.write_all(bytes_of(text));
  EXPECT_TRUE(written);
}

// -- frames -------------------------------------------------------------------------------------

TEST(Lifetime, a_frame_that_is_destroyed_while_it_waits_for_a_socket_is_never_resumed) {
  auto [mine, theirs] = stream_pair();
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  {
    auto runtime = async::Runtime::create().value();
    runtime->spawn(read_once(mine, result, alive));
    runtime->block_on(turns(2));
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
  // The next runtime finds the socket as if nobody had ever waited for it.
  auto runtime = async::Runtime::create().value();
  runtime->block_on(write(theirs, "later"));
  runtime->block_on(read_once(mine, result, alive));
  EXPECT_EQ(result, 5U);
}

TEST(Lifetime, a_frame_that_is_destroyed_while_it_is_ready_is_never_resumed) {
  auto [mine, theirs] = stream_pair();
  sys::Result<std::size_t> result = 99;
  int alive = 0;
  {
    auto runtime = async::Runtime::create().value();
    runtime->spawn(read_once(mine, result, alive));
    runtime->block_on(turns(2));
    runtime->block_on(write(theirs, "x"));
    // The event is told, and the reader is put on the ready list; it does not get its turn.
    ASSERT_TRUE(runtime->loop().run_once(0ns));
    EXPECT_FALSE(runtime->ready().empty());
  }
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(result, 99U);
}

Task<> sleep_in(Alive, async::Duration duration) {
  (void)co_await async::sleep_for(duration);
}
TEST(Lifetime, a_frame_that_is_destroyed_after_its_timer_has_fired_is_never_resumed) {
  int alive = 0;
  {
    auto runtime = async::Runtime::create().value();
    runtime->spawn(sleep_in(Alive(alive), 1ms));
    runtime->ready().run(10);
    while (runtime->ready().empty()) ASSERT_TRUE(runtime->loop().run_once(std::nullopt));
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

Task<> sleep_at(async::SleepOperation& sleep, int& times) {
  (void)co_await sleep;
  ++times;
}
TEST(Lifetime, a_sleep_that_is_destroyed_by_a_timer_of_the_same_moment_does_not_fire) {
  auto runtime = async::Runtime::create().value();
  const auto deadline = Clock::now() + 2ms;
  auto sleep = std::make_unique<async::SleepOperation>(async::sleep_until(deadline));
  int times = 0;
  event_loop::CallbackTimer first([&] { sleep.reset(); });
  runtime->loop().timers().set(first, deadline);
  runtime->spawn(sleep_at(*sleep, times));
  runtime->ready().run(10);
  EXPECT_EQ(runtime->loop().timers().size(), 2U);
  while (runtime->loop().timers().size() != 0) ASSERT_TRUE(runtime->turn());
  EXPECT_EQ(sleep, nullptr);
  EXPECT_EQ(times, 0);
  EXPECT_TRUE(runtime->ready().empty());
}

// What a task shares with its own handle: the last one to hold it is the task itself.
class Shared {
 public:
  async::JoinHandle<> handle;
  std::optional<Gate> gate{std::in_place};
};
Task<> drop_everything(std::shared_ptr<Shared> shared) {
  Gate& gate = *shared->gate;
  (void)co_await gate;
  // Resumed by this gate and kept by this handle: both go, from inside the resumption.
  shared->gate.reset();
  shared->handle.detach();
  shared.reset();
}
TEST(Lifetime, a_task_may_destroy_what_it_was_resumed_by_and_its_own_handle) {
  auto runtime = async::Runtime::create().value();
  auto shared = std::make_shared<Shared>();
  const std::weak_ptr<Shared> watched = shared;
  shared->handle = runtime->spawn(drop_everything(shared));
  runtime->ready().run(10);
  Gate& gate = *shared->gate;
  shared.reset();
  gate.is_open = true;
  gate.wake();
  runtime->ready().run(10);
  EXPECT_EQ(runtime->tasks(), 0U);
  EXPECT_TRUE(watched.expired());
}

// -- sockets ------------------------------------------------------------------------------------

Task<> close_a_parked_one() {
  auto [mine, theirs] = stream_pair();
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  auto reader = async::spawn(read_once(mine, result, alive));
  co_await turns(2);
  mine.close();
  (void)co_await reader.join();
  EXPECT_EQ(result.error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(alive, 0);
}
TEST(Lifetime, a_socket_that_another_task_closes_ends_the_read_that_waits) {
  async::block_on(close_a_parked_one());
}

Task<> destroy_a_ready_one() {
  auto pair = std::make_unique<std::pair<TcpStream, TcpStream>>(stream_pair());
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  auto reader = async::spawn(read_once(pair->first, result, alive));
  co_await turns(2);
  co_await write(pair->second, "x");
  co_await turns(1);  // the event is told; the reader comes behind us
  pair.reset();
  (void)co_await reader.join();
  EXPECT_EQ(result.error(), std::errc::bad_file_descriptor);
}
TEST(Lifetime, a_socket_that_is_destroyed_while_its_reader_is_ready_ends_the_read) {
  async::block_on(destroy_a_ready_one());
}

Task<> read_and_end_at_once() {
  auto [mine, theirs] = stream_pair();
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  auto reader = async::spawn(read_once(mine, result, alive));
  co_await turns(2);
  co_await write(theirs, "last words");
  theirs.close();
  (void)co_await reader.join();
  EXPECT_EQ(result, 10U);
  std::array<std::byte, 64> buffer;
  const auto end = co_await mine.read(buffer);
  EXPECT_EQ(end, 0U) << "the end came with the bytes, in one event, and is not told again";
}
TEST(Lifetime, bytes_and_the_end_in_one_turn_are_both_read) {
  async::block_on(read_and_end_at_once());
}

Task<> late_end() {
  auto [mine, theirs] = stream_pair();
  co_await write(theirs, "words");
  std::array<std::byte, 64> buffer;
  const auto first = co_await mine.read(buffer);
  EXPECT_EQ(first, 5U);
  sys::Result<std::size_t> result = 99;
  int alive = 0;
  auto reader = async::spawn(read_once(mine, result, alive));
  co_await turns(3);
  EXPECT_FALSE(reader.done());
  theirs.close();
  (void)co_await reader.join();
  EXPECT_EQ(result, 0U);
}
TEST(Lifetime, an_end_that_comes_late_is_read) {
  async::block_on(late_end());
}

Task<> end_between_reads() {
  auto [mine, theirs] = stream_pair();
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  auto reader = async::spawn(read_once(mine, result, alive));
  co_await turns(2);
  co_await write(theirs, "words");
  (void)co_await reader.join();
  EXPECT_EQ(result, 5U);
  // Nobody reads now, and the source thinks that there is nothing to read.
  theirs.close();
  co_await turns(2);
  std::array<std::byte, 64> buffer;
  const auto end = co_await mine.read(buffer);
  EXPECT_EQ(end, 0U);
}
TEST(Lifetime, an_end_that_comes_while_nobody_reads_is_read_later) {
  async::block_on(end_between_reads());
}

Task<> cancel_against_ready() {
  auto [mine, theirs] = stream_pair();
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  auto reader = async::spawn(read_once(mine, result, alive));
  co_await turns(2);
  reader.cancel();
  (void)co_await reader.join();
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
  co_await write(theirs, "kept");
  std::array<std::byte, 64> buffer;
  const auto count = co_await mine.read(buffer);
  EXPECT_EQ(text_of(std::span(buffer).first(count.value_or(0))), "kept");
}
TEST(Lifetime, a_read_that_was_cancelled_has_taken_no_byte) {
  async::block_on(cancel_against_ready());
}

Task<> cancel_a_ready_read() {
  auto [mine, theirs] = stream_pair();
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  auto reader = async::spawn(read_once(mine, result, alive));
  co_await turns(2);
  co_await write(theirs, "here");
  co_await turns(1);
  reader.cancel();
  (void)co_await reader.join();
  EXPECT_EQ(result, 4U);
}
TEST(Lifetime, a_read_that_is_ready_when_it_is_cancelled_gives_its_bytes) {
  async::block_on(cancel_a_ready_read());
}

Task<> close_other(TcpStream& first, std::optional<TcpStream>& second,
                   std::optional<std::pair<TcpStream, TcpStream>>& fresh) {
  std::array<std::byte, 8> buffer;
  const auto count = co_await first.read(buffer);
  EXPECT_EQ(count, 1U);
  second.reset();
  fresh.emplace(stream_pair());
}
Task<> reuse_a_number() {
  auto [a, a_peer] = stream_pair();
  auto pair = stream_pair();
  std::optional<TcpStream> b(std::move(pair.first));
  TcpStream b_peer(std::move(pair.second));
  const int number = b->socket()->fd();
  std::optional<std::pair<TcpStream, TcpStream>> fresh;
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  auto closer = async::spawn(close_other(a, b, fresh));
  auto reader = async::spawn(read_once(*b, result, alive));
  co_await turns(2);
  // Both become ready in the same batch of events; the first closes the second.
  co_await write(a_peer, "x");
  co_await write(b_peer, "y");
  (void)co_await closer.join();
  (void)co_await reader.join();
  EXPECT_EQ(result.error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(fresh->first.socket()->fd(), number) << "the kernel gives the lowest number out again";
  // The new socket of that number hears nothing of the old one's events.
  sys::Result<std::size_t> of_new = 0;
  auto new_reader = async::spawn(read_once(fresh->first, of_new, alive));
  co_await turns(4);
  EXPECT_FALSE(new_reader.done());
  EXPECT_EQ(async::Runtime::here().counters().woken_for_nothing, 0U);
  co_await write(fresh->second, "new");
  (void)co_await new_reader.join();
  EXPECT_EQ(of_new, 3U);
}
TEST(Lifetime, a_descriptor_number_that_is_used_again_in_the_same_batch_is_a_new_socket) {
  async::block_on(reuse_a_number());
}

Task<> duplicate_outlives() {
  auto [mine, theirs] = stream_pair();
  sys::Result<std::size_t> result = 0;
  int alive = 0;
  auto reader = async::spawn(read_once(mine, result, alive));
  co_await turns(2);
  // As a child process would hold it: closing ours does not end the kernel's registration.
  const epoll::UniqueFd duplicate(::fcntl(mine.socket()->fd(), F_DUPFD_CLOEXEC, 0));
  reader.cancel();
  (void)co_await reader.join();
  mine.close();
  const auto events = async::Runtime::here().counters().events;
  co_await write(theirs, "for nobody");
  co_await turns(3);
  EXPECT_EQ(async::Runtime::here().counters().events, events);
  EXPECT_EQ(async::Runtime::here().loop().sources(), 0U);
}
TEST(Lifetime, a_closed_socket_whose_duplicate_lives_on_is_heard_of_no_more) {
  async::block_on(duplicate_outlives());
}

TEST(Lifetime, a_socket_may_outlive_its_runtime_and_be_closed_after_it) {
  const sys::DescriptorWatch watch;
  {
    auto [mine, theirs] = stream_pair();
    sys::Result<std::size_t> result = 0;
    int alive = 0;
    {
      auto runtime = async::Runtime::create().value();
      runtime->spawn(read_once(mine, result, alive));
      runtime->block_on(turns(2));
    }
    mine.close();
  }
  EXPECT_EQ(watch.change(), 0);
}

// -- the runtime --------------------------------------------------------------------------------

// One task for each way to wait.
class Ways {
 public:
  explicit Ways(int& count)
      : alive(count), channel(async::channel<int>(1)), full(async::channel<int>(1)) {
    EXPECT_TRUE(full.first.try_send(0));
  }
  int& alive;
  std::pair<async::Sender<int>, async::Receiver<int>> channel, full;
  async::Event event;
  async::Mutex mutex;
  std::pair<TcpStream, TcpStream> streams = stream_pair();
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
Task<> at_all(Ways& ways) {
  const Alive local(ways.alive);
  co_await async::when_all(at_an_event(ways), at_an_event(ways));
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
      for (auto* const way :
           {at_a_channel, at_a_full_channel, at_an_event, with_the_lock, with_the_lock, at_a_socket,
            at_a_task, with_a_limit, at_all, at_any, always_ready})
        runtime->spawn(way(ways));
      runtime->block_on(turns(4));
      runtime->spawn(at_an_event(ways));  // and one that has not run yet
      EXPECT_GE(alive, 17);
      EXPECT_GE(runtime->tasks(), 18U);
    }
    EXPECT_EQ(alive, 0);
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
    (void)co_await gate;
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

// -- throwing -----------------------------------------------------------------------------------

enum class Place {
  at_once,
  after_a_wait,
  in_an_awaited_task,
  in_a_member,
  in_a_parameter,
  in_the_result
};

class ThrowsWhenMoved {
 public:
  explicit ThrowsWhenMoved(bool armed) : armed_(armed) {}
  ThrowsWhenMoved(ThrowsWhenMoved&& other) : armed_(other.armed_) {
    if (armed_) throw std::runtime_error("moved");
  }

 private:
  bool armed_;
};
Task<ThrowsWhenMoved> in_the_result() {
  ThrowsWhenMoved value(true);
  co_return std::move(value);
}
Task<> take_parameter(ThrowsWhenMoved) {
  co_return;
}
Task<> throw_after_a_wait(int& alive) {
  const Alive local(alive);
  co_await turns(1);
  throw std::runtime_error("after a wait");
}
Task<> throw_at(Place place, int& alive) {
  const Alive local(alive);
  switch (place) {
    case Place::at_once:
      throw std::runtime_error("at once");
    case Place::after_a_wait:
      co_await turns(1);
      throw std::runtime_error("after a wait");
    case Place::in_an_awaited_task:
      co_await throw_after_a_wait(alive);
      break;
    case Place::in_a_member: {
      async::TaskGroup group;
      group.spawn(throw_after_a_wait(alive));
      (void)co_await group.join();
      break;
    }
    case Place::in_a_parameter: {
      ThrowsWhenMoved value(true);
      Task<> task = take_parameter(std::move(value));
      co_await std::move(task);
      break;
    }
    case Place::in_the_result:
      (void)co_await in_the_result();
      break;
  }
}
Task<> survive(Place place, int& alive, int& caught) {
  try {
    co_await throw_at(place, alive);
  } catch (const std::runtime_error&) {
    ++caught;
  }
}

TEST(Lifetime, a_task_may_throw_in_every_place) {
  int alive = 0;
  int caught = 0;
  int reported = 0;
  auto runtime = async::Runtime::create().value();
  runtime->on_unjoined_exception(
      [&](const async::TaskContext&, std::exception_ptr) { ++reported; });
  const auto places = {Place::at_once,     Place::after_a_wait,   Place::in_an_awaited_task,
                       Place::in_a_member, Place::in_a_parameter, Place::in_the_result};
  for (const Place place : places) {
    runtime->block_on(survive(place, alive, caught));
    EXPECT_THROW(runtime->block_on(throw_at(place, alive)), std::runtime_error);
    runtime->spawn(throw_at(place, alive));
    ASSERT_TRUE(runtime->run());
  }
  const int all = static_cast<int>(places.size());
  EXPECT_EQ(caught, all);
  EXPECT_EQ(reported, all);
  EXPECT_EQ(alive, 0);
}

}  // namespace
