#include "http/text.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace {

TEST(Text, the_letters_of_a_token_are_those_of_rfc_9110) {
  const std::string_view all =
      "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (int c = 0; c < 256; ++c)
    EXPECT_EQ(http::is_token_char(static_cast<char>(c)), all.contains(static_cast<char>(c))) << c;
}

TEST(Text, a_token_is_not_empty) {
  EXPECT_TRUE(http::is_token("a"));
  EXPECT_FALSE(http::is_token(""));
  EXPECT_FALSE(http::is_token("a b"));
}

TEST(Text, case_is_ignored_in_ascii_and_nowhere_else) {
  EXPECT_TRUE(http::equal_ignoring_case("Content-LENGTH", "content-length"));
  EXPECT_FALSE(http::equal_ignoring_case("a", "ab"));
  EXPECT_FALSE(http::equal_ignoring_case("[", "{"));        // 0x20 apart, and no letters
  EXPECT_FALSE(http::equal_ignoring_case("\xc4", "\xe4"));  // a letter in Latin-1 only
}

TEST(Text, spaces_and_tabs_are_trimmed) {
  EXPECT_EQ(http::trim(" \t a b\t "), "a b");
  EXPECT_EQ(http::trim(" \t "), "");
  EXPECT_EQ(http::trim("\va\v"), "\va\v");
}

TEST(Text, what_is_printed_begins_no_line_and_commands_no_terminal) {
  EXPECT_EQ(http::printable("disk is full: ~ /a b"), "disk is full: ~ /a b");
  EXPECT_EQ(http::printable("x\nrequest 7 failed\r\t\x1b[2J"),
            "x\\x0arequest 7 failed\\x0d\\x09\\x1b[2J");
  EXPECT_EQ(http::printable("\\x0a"), "\\\\x0a")
      << "what is escaped can be told from what was sent";
  EXPECT_EQ(http::printable(std::string_view("\0\x7f\xc2\x9b", 4)), "\\x00\\x7f\\xc2\\x9b");
}

TEST(Text, elements_are_taken_off_a_list_one_by_one) {
  std::string_view list = " a , ,b";
  EXPECT_EQ(http::take_list_element(list), "a");
  EXPECT_EQ(http::take_list_element(list), "");
  EXPECT_EQ(http::take_list_element(list), "b");
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(http::take_list_element(list), "");
}

}  // namespace
