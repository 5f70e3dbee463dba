#include "syscall/todo.hpp"

#include <string>

#include <gtest/gtest.h>

namespace {

std::string text_of(std::string_view what) {
  try {
    sys::todo(what);
  } catch (const sys::NotWritten& not_written) {
    return not_written.what();
  }
}

TEST(Todo, says_which_exercise_is_not_written) {
  EXPECT_EQ(text_of("2.1 create"), "exercise 2.1 (create) is not written yet");
  EXPECT_EQ(text_of("3.10 chunk size"), "exercise 3.10 (chunk size) is not written yet");
  EXPECT_EQ(text_of("1.1"), "exercise 1.1 () is not written yet");
}

TEST(Todo, says_which_function_is_not_written) {
  EXPECT_EQ(text_of("slab.find"), "slab.find is not written yet");
  EXPECT_EQ(text_of("slab.find (2)"), "slab.find (2) is not written yet");
}

}  // namespace
