#include "epoll/descriptor_limit.hpp"

#include <gtest/gtest.h>

#include "syscall/observer.hpp"

namespace {

// Puts the limit back.
class DescriptorLimit : public testing::Test {
 protected:
  DescriptorLimit() { EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0); }
  ~DescriptorLimit() override { ::setrlimit(RLIMIT_NOFILE, &before_); }

  void set_soft(rlim_t soft) {
    const rlimit limit{soft, before_.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  }
  static rlim_t soft() {
    rlimit limit{};
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    return limit.rlim_cur;
  }

  rlimit before_{};
};

TEST_F(DescriptorLimit, the_soft_limit_becomes_the_hard_one) {
  set_soft(64);
  const auto change = epoll::raise_descriptor_limit();
  ASSERT_TRUE(change);
  EXPECT_EQ(change->before, 64u);
  EXPECT_EQ(change->now, before_.rlim_max);
  EXPECT_EQ(soft(), before_.rlim_max);
}

TEST_F(DescriptorLimit, where_nothing_is_to_be_raised_nothing_is_set) {
  set_soft(before_.rlim_max);
  sys::CallCounter calls;
  const sys::ScopedObserver observing(calls);
  const auto change = epoll::raise_descriptor_limit();
  ASSERT_TRUE(change);
  EXPECT_EQ(change->before, change->now);
  EXPECT_EQ(calls.of("setrlimit"), 0u);
}

TEST_F(DescriptorLimit, a_call_that_fails_is_reported_and_leaves_the_limit) {
  for (const char* const function : {"getrlimit", "setrlimit"}) {
    set_soft(64);
    sys::FailNth fault(1, EPERM, function);
    const sys::ScopedObserver observing(fault);
    EXPECT_EQ(sys::error_of(epoll::raise_descriptor_limit()), std::errc::operation_not_permitted)
        << function;
    EXPECT_EQ(soft(), 64u);
  }
}

}  // namespace
