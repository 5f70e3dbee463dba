// Frames, tasks and runtimes that go while something still knows of them, and tasks that throw wherever
// they may. Run under the address and undefined-behaviour sanitizers, these tests would fail if a frame,
// a socket or a timer were touched after its end.
#include <csignal>
#include <future>

#include "allocations.hpp"
#include "testing.hpp"

namespace async::testing::lifetime_test {

using Lifetime = LifetimeRig;

TEST_F(Lifetime, a_frame_that_is_destroyed_while_it_waits_for_a_socket_is_never_resumed) {
  auto reader = started(*runtime, hold(alive, a.read(buffer)));
  EXPECT_EQ(alive, 1);
  runtime.reset();
  EXPECT_EQ(alive, 0);
  // The next runtime finds the socket as if no task had ever waited for it.
  EXPECT_TRUE(block_on(b.write_all("later")));
  EXPECT_EQ(block_on(a.read(buffer)), 5U);
}

TEST_F(Lifetime, a_frame_that_is_destroyed_while_it_is_ready_is_never_resumed) {
  auto reader = started(*runtime, hold(alive, a.read(buffer)));
  EXPECT_TRUE(runtime->block_on(b.write_all("x")));
  // The event is told, and the reader is put on the ready list; it does not get its turn.
  ASSERT_TRUE(runtime->loop().run_once(0ns));
  EXPECT_TRUE(runtime->has_ready_task());
  runtime.reset();
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(a.socket()->read(buffer), 1U) << "it has read nothing";
}

TEST_F(Lifetime, a_frame_that_is_destroyed_after_its_timer_has_fired_is_never_resumed) {
  runtime->spawn(hold(alive, sleep_for(1ms)));
  runtime->run_ready(10);
  while (!runtime->has_ready_task()) ASSERT_TRUE(runtime->loop().run_once(std::nullopt));
  EXPECT_EQ(alive, 1);
  runtime.reset();
  EXPECT_EQ(alive, 0);
}

TEST_F(Lifetime, a_sleep_that_is_destroyed_by_a_timer_of_the_same_moment_does_not_fire) {
  const auto deadline = Clock::now() + 1h;
  auto sleep = std::make_unique<SleepOperation>(sleep_until(deadline));
  event_loop::CallbackTimer first([&] { sleep.reset(); });
  auto& timers = runtime->loop().timers();
  timers.set(first, deadline);
  auto sleeper = runtime->spawn(end_of(*sleep));
  runtime->run_ready(10);
  EXPECT_EQ(timers.size(), 2U);
  timers.fire(deadline);
  EXPECT_EQ(timers.size(), 0U);
  EXPECT_EQ(sleep, nullptr);
  EXPECT_FALSE(sleeper.done());
  EXPECT_FALSE(runtime->has_ready_task());
}

// What a task shares with its own handle: the last one to hold it is the task itself.
class Shared {
 public:
  JoinHandle<> handle;
  std::optional<Gate> gate{std::in_place};
};
Task<> drop_everything(std::shared_ptr<Shared> shared) {
  Gate& gate = *shared->gate;
  (void)co_await std::move(gate);
  // Resumed by this gate and kept by this handle: both go, from inside the resumption.
  shared->gate.reset();
  shared->handle.detach();
  shared.reset();
}
TEST_F(Lifetime, a_task_may_destroy_what_it_was_resumed_by_and_its_own_handle) {
  auto shared = std::make_shared<Shared>();
  const std::weak_ptr<Shared> watched = shared;
  shared->handle = runtime->spawn(drop_everything(shared));
  runtime->run_ready(10);
  Gate& gate = *shared->gate;
  shared.reset();
  gate.open();
  runtime->run_ready(10);
  EXPECT_EQ(runtime->tasks(), 0U);
  EXPECT_TRUE(watched.expired());
}

// -- a runtime that goes while tasks wait in it, in whatever way --------------------------------------

Task<> hold_lock(Mutex& mutex) {
  const auto lock = co_await mutex.lock();
  (void)co_await sleep_for(24h);
}
Task<> wait_for_child() {
  auto child = Child::spawn({"sleep", "1000"}).value();
  (void)co_await child.wait();
}
template <class T>
Task<> join_another(Task<T> task) {
  auto other = spawn(std::move(task));
  (void)co_await other.join();
}
template <class Operation>
Task<> repeat(Operation operation) {
  while (true) (void)co_await operation();
}

TEST_F(Lifetime, a_runtime_that_is_destroyed_destroys_all_that_wait_in_whatever_way) {
  const sys::DescriptorWatch watch;
  {
    auto empty = channel<int>(1), full = channel<int>(1);
    EXPECT_TRUE(full.first.try_send(0));
    Event event, was_set;
    was_set.set();
    Mutex mutex;
    auto limited = stream_pair();
    fill(a);
    auto listener = listen();
    auto incoming = listener.incoming();
    UdpSocket datagrams{epoll::UdpSocket::bind(epoll::SocketAddress::loopback(0)).value()};
    auto signals = Signals::create({SIGUSR2}).value();
    std::stop_source stop;
    std::promise<void> job_has_begun, job_may_end, job_has_ended;
    const auto job = [&] {
      job_has_begun.set_value();
      job_may_end.get_future().wait();
      job_has_ended.set_value();
    };
    const auto wait = [&](auto awaitable) { runtime->spawn(hold(alive, std::move(awaitable))); };
    const auto at_event = [&] { return hold(alive, event.wait()); };
    wait(empty.second.receive());
    wait(full.first.send(1));
    wait(event.wait());
    for (int i = 0; i < 2; ++i) wait(hold_lock(mutex));
    wait(a.read(buffer));
    wait(a.write_all(buffer));
    wait(timeout(24h, limited.first.read(buffer)));
    wait(incoming.next());
    wait(datagrams.receive_from(buffer));
    wait(signals.next());
    wait(wait_for_child());
    wait(spawn_blocking(job));
    wait(repeat([&] { return was_set.wait(); }));  // behind the others
    wait(join_another(at_event()));
    wait(timeout(24h, at_event()));
    wait(stop_when(stop.get_token(), at_event()));
    wait(when_all(at_event(), at_event()));
    wait(when_any(at_event(), at_event()));
    wait(repeat([] { return yield(); }));  // always ready
    runtime->block_on(turns(4));
    job_has_begun.get_future().wait();  // a job that has not is dropped
    wait(event.wait());                 // and one that has not run yet
    EXPECT_EQ(alive, 27);
    EXPECT_EQ(runtime->tasks(), 28U);
    runtime.reset();
    EXPECT_EQ(alive, 0);
    job_may_end.set_value();
    job_has_ended.get_future().wait();
    stop.request_stop();
    // What they waited for works as if new.
    event.set();
    EXPECT_TRUE(empty.first.try_send(1));
    EXPECT_EQ(full.second.try_receive(), 0);
    EXPECT_FALSE(full.second.try_receive());
  }
  EXPECT_EQ(watch.change(), -2) << "only the runtime's own are gone: its epoll and its waker";
}

// A local whose destructor does what destructors may do.
class Busy {
 public:
  explicit Busy(Event& event, JoinHandle<sys::Result<>>& other, int& alive)
      : event_(event), other_(other), alive_(alive) {}
  ~Busy() {
    event_.set();
    other_.cancel();
    spawn(hold(alive_, turns(1)));
    (void)Runtime::here().dump_tasks();
  }

 private:
  Event& event_;
  JoinHandle<sys::Result<>>& other_;
  int& alive_;
};
Task<> busy_at_the_end(Event& event, JoinHandle<sys::Result<>>& other, int& alive) {
  const Busy local(event, other, alive);
  (void)co_await sleep_for(24h);
}
TEST_F(Lifetime, destructors_may_wake_cancel_and_spawn_while_the_runtime_is_destroyed) {
  Event event;
  auto other = runtime->spawn(hold(alive, event.wait()));
  runtime->spawn(busy_at_the_end(event, other, alive));
  auto behind = started(*runtime, hold(alive, event.wait()));
  EXPECT_EQ(alive, 2);
  runtime.reset();
  EXPECT_EQ(alive, 0);
  for (auto* const handle : {&other, &behind})
    EXPECT_EQ(block_on(handle->join()).error(), std::errc::operation_canceled) << "it went on";
}

TEST_F(Lifetime, a_chain_of_tasks_that_await_one_another_is_destroyed_as_a_whole) {
  Gate gate;
  (void)started(*runtime, chain(100, gate, alive));
  EXPECT_EQ(alive, 101);
  runtime.reset();
  EXPECT_EQ(alive, 0);
}

// -- tasks that throw, in every place where they may ------------------------------------------------

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
Task<> throw_after_a_wait() {
  co_await turns(1);
  throw std::runtime_error("after a wait");
}
Task<sys::Result<>> throw_for_a_result() {
  co_await turns(1);
  throw std::runtime_error("instead of a result");
}
Task<> throw_when_cancelled() {
  const auto slept = co_await sleep_for(24h);
  if (!slept) throw std::runtime_error("cancelled");
}
using Place = Task<> (*)(int& alive);
const std::vector<Place> kPlaces = {
    [](int& alive) { return hold(alive, throws<void>("at once")); },
    [](int& alive) { return hold(alive, throw_after_a_wait()); },
    [](int& alive) -> Task<> {  // in a member
      TaskGroup group;
      group.spawn(hold(alive, throw_after_a_wait()));
      (void)co_await group.join();
    },
    [](int&) -> Task<> {  // in a parameter
      ThrowsWhenMoved value(true);
      Task<> task = take_parameter(std::move(value));
      co_await std::move(task);
    },
    [](int&) -> Task<> { (void)co_await in_the_result(); },
    [](int& alive) -> Task<> { (void)co_await timeout(24h, hold(alive, throw_for_a_result())); },
    [](int& alive) -> Task<> {
      const std::stop_source never;
      (void)co_await stop_when(never.get_token(), hold(alive, throw_for_a_result()));
    },
    [](int& alive) -> Task<> {
      (void)co_await when_all(hold(alive, sleep_for(24h)), hold(alive, throw_after_a_wait()),
                              hold(alive, sleep_for(24h)));
    },
    [](int& alive) -> Task<> {
      (void)co_await when_any(hold(alive, sleep_for(24h)), hold(alive, throw_for_a_result()));
    },
    [](int&) -> Task<> {
      auto job = [] { throw std::runtime_error("in a job"); };
      (void)co_await spawn_blocking(job);
    },
    [](int& alive) -> Task<> {
      auto handle = co_await started(hold(alive, throw_when_cancelled()), 1);
      (void)co_await cancelled(handle);
    },
};

TEST_F(Lifetime, a_task_may_throw_in_every_place) {
  std::size_t reported = 0;
  runtime->on_unjoined_exception([&](const TaskContext&, std::exception_ptr) { ++reported; });
  for (const Place place : kPlaces) {
    EXPECT_NE(runtime->block_on(thrown_in(place(alive))), "");
    EXPECT_THROW(runtime->block_on(place(alive)), std::runtime_error);
    runtime->spawn(place(alive));
    ASSERT_TRUE(runtime->run());
  }
  EXPECT_EQ(reported, kPlaces.size());
  EXPECT_EQ(alive, 0);
}

// -- without memory -----------------------------------------------------------------------------

// Whether `action` throws std::bad_alloc while there is no memory to be had.
template <class Action>
bool fails_without_memory(const Action& action) {
  const allocations::Shortage none(0);
  try {
    action();
  } catch (const std::bad_alloc&) {
    return true;
  }
  return false;
}
Task<> keep(Alive) {
  co_await turns(1);
}
// Not inlined: an optimiser that sees that the task is not awaited would do without a frame.
[[gnu::noinline]] Task<> make_task(int& alive) {
  return keep(Alive(alive));
}

TEST_F(Lifetime, without_memory_for_a_frame_there_is_no_task_and_its_parameters_are_gone) {
  EXPECT_TRUE(fails_without_memory([this] { const Task<> task = make_task(alive); }));
  EXPECT_EQ(alive, 0);
}

TEST_F(Lifetime, a_task_that_cannot_be_spawned_is_gone_and_the_others_keep_running) {
  runtime->spawn(keep(Alive(alive)));
  Task<> task = keep(Alive(alive));
  EXPECT_TRUE(fails_without_memory([&] { runtime->spawn(std::move(task)); }));
  EXPECT_EQ(alive, 1);
  EXPECT_EQ(runtime->tasks(), 1U);
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(alive, 0);
}

ASYNC_TEST_F(Lifetime, a_group_can_be_joined_after_a_member_could_not_be_spawned) {
  TaskGroup group;
  group.spawn(keep(Alive(alive)));
  Task<> task = keep(Alive(alive));
  EXPECT_TRUE(fails_without_memory([&] { group.spawn(std::move(task)); }));
  EXPECT_EQ(alive, 1);
  EXPECT_TRUE(co_await group.join());
  EXPECT_EQ(alive, 0);
}

ASYNC_TEST_F(Lifetime,
             an_operation_that_cannot_wait_for_lack_of_memory_throws_and_the_task_continues) {
  bool failed = false;
  try {
    const allocations::Shortage none(0);
    (void)co_await sleep_for(24h);  // the first timer: the queue has to grow
  } catch (const std::bad_alloc&) {
    failed = true;
  }
  EXPECT_TRUE(failed);
  EXPECT_TRUE(co_await sleep_for(1ms));
  EXPECT_EQ(Runtime::here().loop().timers().size(), 0U);
}
}  // namespace async::testing::lifetime_test
