// Tasks that throw, in every place where they may.
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <stop_token>

#include "../../03_request_context/tests/allocations.hpp"
#include "lifetime.hpp"

namespace {

using async::Task;
using async::testing::Alive;
using async::testing::turns;
using namespace std::chrono_literals;

enum class Place {
  at_once,
  after_a_wait,
  in_an_awaited_task,
  in_a_member,
  in_a_parameter,
  in_the_result,
  under_a_limit,
  in_a_race,
  in_one_of_all,
  in_one_of_any,
  in_a_job,
  when_cancelled,
};
constexpr auto kPlaces = {Place::at_once,       Place::after_a_wait,   Place::in_an_awaited_task,
                          Place::in_a_member,   Place::in_a_parameter, Place::in_the_result,
                          Place::under_a_limit, Place::in_a_race,      Place::in_one_of_all,
                          Place::in_one_of_any, Place::in_a_job,       Place::when_cancelled};

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
Task<sys::Result<>> throw_for_a_result(int& alive) {
  const Alive local(alive);
  co_await turns(1);
  throw std::runtime_error("instead of a result");
}
Task<> wait_long(int& alive) {
  const Alive local(alive);
  (void)co_await async::sleep_for(24h);
}
Task<> throw_when_cancelled(int& alive) {
  const Alive local(alive);
  const auto slept = co_await async::sleep_for(24h);
  if (!slept) throw std::runtime_error("cancelled");
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
    case Place::under_a_limit:
      (void)co_await async::timeout(24h, throw_for_a_result(alive));
      break;
    case Place::in_a_race: {
      const std::stop_source never;
      (void)co_await async::stop_when(never.get_token(), throw_for_a_result(alive));
      break;
    }
    case Place::in_one_of_all:
      (void)co_await async::when_all(wait_long(alive), throw_after_a_wait(alive), wait_long(alive));
      break;
    case Place::in_one_of_any:
      (void)co_await async::when_any(wait_long(alive), throw_after_a_wait(alive));
      break;
    case Place::in_a_job: {
      auto job = [] { throw std::runtime_error("in a job"); };
      (void)co_await async::spawn_blocking(job);
      break;
    }
    case Place::when_cancelled: {
      auto handle = async::spawn(throw_when_cancelled(alive));
      co_await turns(1);
      handle.cancel();
      (void)co_await handle.join();
      break;
    }
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
  for (const Place place : kPlaces) {
    runtime->block_on(survive(place, alive, caught));
    EXPECT_THROW(runtime->block_on(throw_at(place, alive)), std::runtime_error);
    runtime->spawn(throw_at(place, alive));
    ASSERT_TRUE(runtime->run());
  }
  const int all = static_cast<int>(kPlaces.size());
  EXPECT_EQ(caught, all);
  EXPECT_EQ(reported, all);
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
Task<> hold(Alive) {
  co_await turns(1);
}
// Not inlined: an optimiser that sees that nobody awaits the task would do without a frame.
[[gnu::noinline]] Task<> make_task(int& alive) {
  return hold(Alive(alive));
}

TEST(Lifetime, without_memory_for_a_frame_there_is_no_task_and_its_parameters_are_gone) {
  int alive = 0;
  EXPECT_TRUE(fails_without_memory([&] { const Task<> task = make_task(alive); }));
  EXPECT_EQ(alive, 0);
}

TEST(Lifetime, a_task_that_cannot_be_spawned_is_gone_and_the_others_go_on) {
  int alive = 0;
  auto runtime = async::Runtime::create().value();
  runtime->spawn(hold(Alive(alive)));
  Task<> task = hold(Alive(alive));
  EXPECT_TRUE(fails_without_memory([&] { runtime->spawn(std::move(task)); }));
  EXPECT_EQ(alive, 1);
  EXPECT_EQ(runtime->tasks(), 1U);
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(alive, 0);
}

Task<> spawn_into_a_group(int& alive) {
  async::TaskGroup group;
  group.spawn(hold(Alive(alive)));
  Task<> task = hold(Alive(alive));
  EXPECT_TRUE(fails_without_memory([&] { group.spawn(std::move(task)); }));
  EXPECT_EQ(alive, 1);
  const auto joined = co_await group.join();
  EXPECT_TRUE(joined);
}
TEST(Lifetime, a_group_can_be_joined_after_a_member_could_not_be_spawned) {
  int alive = 0;
  async::block_on(spawn_into_a_group(alive));
  EXPECT_EQ(alive, 0);
}

Task<> sleep_without_memory(bool& failed) {
  try {
    const allocations::Shortage none(0);
    (void)co_await async::sleep_for(24h);  // the first timer: the queue has to grow
  } catch (const std::bad_alloc&) {
    failed = true;
  }
  const auto slept = co_await async::sleep_for(1ms);
  EXPECT_TRUE(slept);
}
TEST(Lifetime, an_operation_that_cannot_wait_for_want_of_memory_throws_and_the_task_goes_on) {
  bool failed = false;
  auto runtime = async::Runtime::create().value();
  runtime->block_on(sleep_without_memory(failed));
  EXPECT_TRUE(failed);
  EXPECT_EQ(runtime->loop().timers().size(), 0U);
}

}  // namespace
