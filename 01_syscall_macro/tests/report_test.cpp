#include "syscall/report.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "syscall/result.hpp"

namespace {

template <class Exception>
std::string description_of(const Exception& exception) {
  return sys::describe(std::make_exception_ptr(exception));
}

TEST(Describe, an_exception_is_described_by_its_own_words) {
  EXPECT_EQ(description_of(std::runtime_error("no such page")), "no such page");
}

TEST(Describe, bad_alloc_is_described_as_no_memory) {
  EXPECT_EQ(description_of(std::bad_alloc()), "no memory");
  EXPECT_EQ(description_of(std::bad_array_new_length()), "no memory");
}

TEST(Describe, what_is_no_std_exception_is_described_too) {
  EXPECT_EQ(description_of(42), "an exception that is not a std::exception");
}

TEST(Describe, the_text_lives_as_long_as_the_exception) {
  const auto exception = std::make_exception_ptr(std::runtime_error(std::string(100, 'x')));
  const char* const text = sys::describe(exception);
  EXPECT_EQ(text, std::string(100, 'x'));
}

TEST(Fail, says_what_and_why_on_standard_error_and_is_exit_status_1) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(sys::fail("cannot listen", sys::error_code(EADDRINUSE)), 1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "cannot listen: Address already in use\n");
}

TEST(Fail, says_a_message_alone) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(sys::fail(std::string_view("no memory, and more").substr(0, 9)), 1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "no memory\n");
}

}  // namespace
