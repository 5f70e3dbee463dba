#include "syscall/result.hpp"

#include <gtest/gtest.h>

#include <ios>

namespace {

sys::Result<int> seven() {
  return 7;
}
sys::Result<int> no_memory() {
  return sys::failure(ENOMEM);
}

TEST(Result, holds_a_value_or_an_error) {
  ASSERT_TRUE(seven());
  EXPECT_EQ(*seven(), 7);
  ASSERT_FALSE(no_memory());
  EXPECT_EQ(sys::error_of(no_memory()), std::errc::not_enough_memory);
}

TEST(Result, failures_can_be_made_from_a_number_a_name_or_a_code) {
  EXPECT_EQ(sys::failure(ETIMEDOUT), sys::failure(std::errc::timed_out));
  EXPECT_EQ(sys::failure(sys::error_code(ETIMEDOUT)), sys::failure(ETIMEDOUT));
}

TEST(Result, an_error_says_what_it_is_in_words) {
  EXPECT_EQ(sys::error_of(no_memory()).message(), "Cannot allocate memory");
}

TEST(Result, the_error_of_a_success_is_none) {
  EXPECT_EQ(sys::error_of(seven()), std::error_code());
  EXPECT_EQ(sys::error_of(sys::Result<>()), std::error_code());
}

sys::Result<int> sum_of(sys::Result<int> left, sys::Result<int> right) {
  SYS_TRY(left);
  SYS_TRY(right);
  return *left + *right;
}

TEST(Result, try_continues_with_a_value_and_passes_the_first_error_on) {
  EXPECT_EQ(sum_of(seven(), seven()), 14);
  EXPECT_EQ(sum_of(no_memory(), sys::failure(EIO)), sys::failure(ENOMEM));
  EXPECT_EQ(sum_of(seven(), no_memory()), sys::failure(ENOMEM));
}

TEST(Result, try_looks_at_its_call_once) {
  int calls = 0;
  const auto run = [&]() -> sys::Result<> {
    SYS_TRY(++calls == 1 ? seven() : no_memory());
    return {};
  };
  EXPECT_TRUE(run());
  EXPECT_EQ(calls, 1);
}

TEST(Result, without_value_keeps_the_outcome) {
  static_assert(std::is_same_v<decltype(sys::without_value(seven())), sys::Result<>>);
  EXPECT_TRUE(sys::without_value(seven()));
  EXPECT_EQ(sys::error_of(sys::without_value(no_memory())), std::errc::not_enough_memory);
}

TEST(Result, an_error_number_of_another_kind_is_no_errno) {
  const std::error_code other(EAGAIN, std::iostream_category());
  EXPECT_FALSE(sys::is_errno(other, EAGAIN));
  EXPECT_FALSE(sys::would_block(other));
  EXPECT_TRUE(sys::is_errno(sys::error_code(EAGAIN), EAGAIN));
}

TEST(Result, would_block_is_eagain_and_ewouldblock_and_nothing_else) {
  EXPECT_TRUE(sys::would_block(sys::error_code(EAGAIN)));
  EXPECT_TRUE(sys::would_block(sys::error_code(EWOULDBLOCK)));
  for (const int other : {0, EINTR, EINPROGRESS, ECONNRESET, EBADF, EALREADY})
    EXPECT_FALSE(sys::would_block(sys::error_code(other))) << other;
}

TEST(Result, interrupted_is_eintr_and_nothing_else) {
  EXPECT_TRUE(sys::interrupted(sys::error_code(EINTR)));
  for (const int other : {0, EAGAIN, ECANCELED, ECONNRESET, ETIME})
    EXPECT_FALSE(sys::interrupted(sys::error_code(other))) << other;
}

}  // namespace
