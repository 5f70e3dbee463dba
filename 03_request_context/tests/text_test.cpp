#include "http/text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

TEST(Text, the_letters_of_a_token_are_those_of_rfc_9110) {
  const std::string_view all =
      "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (int c = 0; c < 256; ++c)
    EXPECT_EQ(http::is_token_char(static_cast<char>(c)), all.contains(static_cast<char>(c))) << c;
}

TEST(Text, letters_and_digits_are_those_of_ascii) {
  const std::string_view lower = "abcdefghijklmnopqrstuvwxyz";
  const std::string_view upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const std::string_view digits = "0123456789";
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    EXPECT_EQ(http::is_alpha(c), lower.contains(c) || upper.contains(c)) << i;
    EXPECT_EQ(http::is_digit(c), digits.contains(c)) << i;
    EXPECT_EQ(http::is_hex_digit(c), std::string_view("0123456789abcdefABCDEF").contains(c)) << i;
    const std::size_t letter = upper.find(c);
    EXPECT_EQ(http::to_lower(c), letter == upper.npos ? c : lower[letter]) << i;
  }
}

// Eight bytes are looked at together: one that is wrong has to be found at each place of the eight, and
// behind them, whatever its neighbours are.
TEST(Text, what_may_stand_in_a_line_is_found_to_the_byte_wherever_it_ends) {
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    const bool visible = i >= 0x20 && i <= 0x7e;
    const bool in_value = visible || c == '\t' || i >= 0x80;
    for (std::size_t at = 0; at < 20; ++at) {
      for (const char neighbour : {' ', '~'}) {
        std::string text(20, neighbour);
        text[at] = c;
        EXPECT_EQ(http::visible_size(text), visible ? 20 : at) << i;
        EXPECT_EQ(http::value_size(text), in_value ? 20 : at) << i;
      }
    }
  }
  EXPECT_EQ(http::value_size("caf\xc3\xa9\tau lait, s'il vous pla\xc3\xaet\x01"), 31u);
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

TEST(Text, a_backslash_takes_a_quote_or_a_comma_only_inside_a_quoted_string) {
  std::string_view list = R"("a\",b",c\,d)";
  EXPECT_EQ(http::take_list_element(list), R"("a\",b")");
  EXPECT_EQ(http::take_list_element(list), R"(c\)");
  EXPECT_EQ(http::take_list_element(list), "d");
}

TEST(Text, a_quoted_string_that_is_not_closed_ends_with_the_list) {
  // In memory of just this size, so that a sanitizer sees a look beyond it.
  const std::vector<char> text{',', '"', 'a', ',', '\\'};
  std::string_view list(text.data(), text.size());
  EXPECT_EQ(http::take_list_element(list), "");
  EXPECT_EQ(http::take_list_element(list), "\"a,\\");
  EXPECT_TRUE(list.empty());
}

}  // namespace
