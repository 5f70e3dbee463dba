// How a failed expectation shows a Result and its error, in every test of every stage.
//
// This is a part of the precompiled header that carries GoogleTest (.workbook/cmake/common.cmake): no test
// has to include it, and none can forget to. It knows the standard types only, since it comes before
// every header of the stages. Other stages add what they have in a tests/printers.hpp of their own.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <exception>
#include <expected>
#include <iostream>
#include <ostream>
#include <system_error>
#include <type_traits>

// GoogleTest looks for an operator<< or PrintTo in the namespace of a type. That of these is std, where
// no other code may add one: so its printer is specialised, as GoogleTest does for std::optional.
namespace testing::internal {

// error EAGAIN (Resource temporarily unavailable)
template <>
class UniversalPrinter<std::error_code> {
 public:
  static void Print(const std::error_code& error, std::ostream* out) {
    if (!error) {
      *out << "no error";
      return;
    }
    const bool is_errno = error.category() == std::generic_category();
    *out << "error ";
    if (const char* const name = is_errno ? ::strerrorname_np(error.value()) : nullptr) {
      *out << name;
    } else {
      *out << error;
    }
    *out << " (" << error.message() << ")";
  }
};

template <>
class UniversalPrinter<std::errc> {
 public:
  static void Print(std::errc error, std::ostream* out) {
    UniversalPrint(std::make_error_code(error), out);
  }
};

// The value as it would be printed by itself, or the error.
template <class T>
class UniversalPrinter<std::expected<T, std::error_code>> {
 public:
  static void Print(const std::expected<T, std::error_code>& result, std::ostream* out) {
    if (!result) {
      UniversalPrint(result.error(), out);
    } else if constexpr (std::is_void_v<T>) {
      *out << "success";
    } else {
      UniversalPrint(*result, out);
    }
  }
};

}  // namespace testing::internal

namespace printers {

// Where value() of a Result finds an error, the exception that it throws is all that GoogleTest gets
// to see, and what() of that does not say which error it was.
class UnexpectedErrors : public testing::EmptyTestEventListener {
 public:
  // Called inside of the catch block in which GoogleTest reports the exception.
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (result.failed() && std::current_exception()) tell(std::cout);
  }

  // Says which error the exception that is being handled holds, if it holds one.
  static void tell(std::ostream& out) {
    try {
      throw;
    } catch (const std::bad_expected_access<std::error_code>& bad) {
      out << "value() of a Result that holds " << testing::PrintToString(bad.error()) << std::endl;
    } catch (...) {
    }
  }
};

// Before main, in each test program. GoogleTest owns it.
inline const bool unexpected_errors_are_reported = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new UnexpectedErrors);
  return true;
}();

}  // namespace printers
