#include "epoll/unique_fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <type_traits>
#include <utility>

#include "syscall/call.hpp"
#include "syscall/open_descriptors.hpp"

namespace {

using epoll::UniqueFd;

UniqueFd open_null() {
  return UniqueFd(sys::call<::open>("/dev/null", O_RDONLY | O_CLOEXEC).value());
}
bool is_open(int fd) {
  return sys::call<::fcntl>(fd, F_GETFD).has_value();
}

static_assert(!std::is_copy_constructible_v<UniqueFd> && !std::is_copy_assignable_v<UniqueFd>);
static_assert(std::is_nothrow_move_constructible_v<UniqueFd>);
static_assert(!std::is_convertible_v<int, UniqueFd>, "no number gets an owner by accident");

TEST(UniqueFd, closes_at_the_end_of_its_life) {
  int number = -1;
  {
    const UniqueFd fd = open_null();
    number = fd.get();
    EXPECT_TRUE(is_open(number));
    EXPECT_TRUE(fd);
  }
  EXPECT_FALSE(is_open(number));
}

TEST(UniqueFd, makes_one_call_to_close) {
  sys::CallCounter calls;
  UniqueFd fd = open_null();
  sys::ScopedObserver watching(calls);
  fd.reset();
  EXPECT_EQ(calls.summary(), "close 1");
}

TEST(UniqueFd, owning_nothing_closes_nothing) {
  sys::CallCounter calls;
  {
    sys::ScopedObserver watching(calls);
    UniqueFd none;
    EXPECT_EQ(none.get(), -1);
    EXPECT_FALSE(none);
    none.reset();
  }
  EXPECT_EQ(calls.total(), 0u);
}

TEST(UniqueFd, zero_is_a_descriptor_like_any_other) {
  const UniqueFd kept = open_null();
  ASSERT_TRUE(sys::call<::close>(0));
  UniqueFd zero = open_null();  // the lowest number that is free
  ASSERT_EQ(zero.get(), 0);
  EXPECT_TRUE(zero);
  zero.reset();
  EXPECT_FALSE(is_open(0));
}

TEST(UniqueFd, moving_gives_the_ownership_away) {
  const sys::DescriptorWatch watch;
  sys::CallCounter calls;
  {
    UniqueFd first = open_null();
    const int number = first.get();
    sys::ScopedObserver watching(calls);
    UniqueFd second(std::move(first));
    EXPECT_EQ(second.get(), number);
    EXPECT_EQ(first.get(), -1);
    UniqueFd third;
    third = std::move(second);
    EXPECT_EQ(third.get(), number);
    EXPECT_EQ(calls.of("close"), 0u);
  }
  EXPECT_EQ(watch.change(), 0);
}

TEST(UniqueFd, move_assignment_closes_what_was_owned_before) {
  UniqueFd one = open_null();
  UniqueFd other = open_null();
  const int first = one.get();
  const int second = other.get();
  one = std::move(other);
  EXPECT_FALSE(is_open(first));
  EXPECT_TRUE(is_open(second));
  EXPECT_EQ(one.get(), second);
}

TEST(UniqueFd, moving_onto_itself_changes_nothing) {
  UniqueFd fd = open_null();
  const int number = fd.get();
  UniqueFd& same = fd;
  fd = std::move(same);
  EXPECT_EQ(fd.get(), number);
  EXPECT_TRUE(is_open(number));
}

TEST(UniqueFd, reset_takes_over_a_new_descriptor_and_closes_the_old_one) {
  UniqueFd fd = open_null();
  const int old = fd.get();
  const int fresh = open_null().release();
  fd.reset(fresh);
  EXPECT_FALSE(is_open(old));
  EXPECT_EQ(fd.get(), fresh);
  EXPECT_TRUE(is_open(fresh));
}

TEST(UniqueFd, reset_to_the_one_it_owns_keeps_it_open) {
  UniqueFd fd = open_null();
  fd.reset(fd.get());
  EXPECT_TRUE(is_open(fd.get()));
}

TEST(UniqueFd, release_leaves_the_closing_to_the_caller) {
  sys::CallCounter calls;
  int number = -1;
  {
    UniqueFd fd = open_null();
    sys::ScopedObserver watching(calls);
    number = fd.release();
    EXPECT_FALSE(fd);
  }
  EXPECT_EQ(calls.of("close"), 0u);
  EXPECT_TRUE(is_open(number));
  EXPECT_TRUE(sys::call<::close>(number));
}

TEST(UniqueFd, never_closes_a_number_that_was_given_out_again) {
  UniqueFd gone = open_null();
  const int number = gone.get();
  gone.reset();
  UniqueFd victim = open_null();
  ASSERT_EQ(victim.get(), number) << "the kernel gives the lowest free number";
  gone.reset();
  gone = UniqueFd();
  EXPECT_TRUE(is_open(victim.get()));
}

TEST(UniqueFd, close_is_not_repeated_when_a_signal_interrupts_it) {
  UniqueFd fd = open_null();
  const int number = fd.get();
  sys::FailNth interrupted(1, EINTR, "close");
  {
    sys::ScopedObserver watching(interrupted);
    fd.reset();
  }
  EXPECT_EQ(interrupted.seen(), 1u);
  EXPECT_FALSE(fd);
  EXPECT_TRUE(sys::call<::close>(number));  // the observer's EINTR did not really close it
}

}  // namespace
