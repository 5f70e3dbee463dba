#include <gtest/gtest.h>

#include <future>
#include <sstream>
#include <string>

#include "syscall/result.hpp"

namespace {

using testing::PrintToString;

TEST(Printers, a_result_is_printed_as_its_value_or_its_error) {
  EXPECT_EQ(PrintToString(sys::Result<int>(7)), "7");
  EXPECT_EQ(PrintToString(sys::Result<std::string>("text")), "\"text\"");
  EXPECT_EQ(PrintToString(sys::Result<>()), "success");
  EXPECT_EQ(PrintToString(sys::Result<int>(sys::failure(EAGAIN))),
            "error EAGAIN (Resource temporarily unavailable)");
  const sys::Result<> failed = sys::failure(EBADF);
  EXPECT_EQ(PrintToString(failed), "error EBADF (Bad file descriptor)");
}

TEST(Printers, an_error_is_printed_by_its_name) {
  EXPECT_EQ(PrintToString(sys::error_code(ENOENT)), "error ENOENT (No such file or directory)");
  EXPECT_EQ(PrintToString(std::errc::invalid_argument), "error EINVAL (Invalid argument)");
  EXPECT_EQ(PrintToString(std::error_code()), "no error");
  EXPECT_EQ(PrintToString(std::make_error_code(std::future_errc::no_state)),
            "error future:3 (No associated state)");
}

TEST(Printers, value_of_a_result_without_one_is_reported_with_its_error) {
  const sys::Result<int> failed = sys::failure(EMFILE);
  std::ostringstream out;
  try {
    (void)failed.value();
  } catch (...) {
    printers::UnexpectedErrors::tell(out);
  }
  EXPECT_EQ(out.str(), "value() of a Result that holds error EMFILE (Too many open files)\n");
}

}  // namespace
