#include "syscall/call.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace {
TEST(Call, minus_one_becomes_the_errno_of_the_call) {
  const auto result = sys::call<::close>(-1);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), std::errc::bad_file_descriptor);
}
}  // namespace
