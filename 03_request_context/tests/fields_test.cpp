#include "http/fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using http::Field;
using http::Fields;
using testing::ElementsAre;

// Adds the field that stands in `text` at `at` as "name:value\n".
std::size_t add(Fields& fields, std::string_view text, std::size_t at) {
  const std::size_t colon = text.find(':', at);
  const std::size_t end = text.find('\n', at);
  fields.add({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(colon - at),
              static_cast<std::uint32_t>(colon + 1), static_cast<std::uint32_t>(end - colon - 1)});
  return end + 1;
}

Fields fields_of(const std::string& text) {
  Fields fields;
  for (std::size_t at = 0; at < text.size();) at = add(fields, text, at);
  fields.set_base(text.data());
  return fields;
}

std::vector<std::string> elements(const std::string& text, std::string_view name) {
  std::vector<std::string> found;
  fields_of(text).for_each_element(name, [&](std::string_view each) { found.emplace_back(each); });
  return found;
}

TEST(Fields, keep_the_order_in_which_they_came) {
  const std::string text = "b:1\na:2\nb:3\n";
  std::string seen;
  for (const Field field : fields_of(text)) seen.append(field.name).append(field.value);
  EXPECT_EQ(seen, "b1a2b3");
}

TEST(Fields, know_by_the_lengths_of_their_names_what_they_do_not_have) {
  const std::string text = "Host:a\n";
  Fields fields = fields_of(text);
  EXPECT_TRUE(fields.may_have("host"));
  EXPECT_FALSE(fields.may_have("Connection"));
  fields.clear();
  EXPECT_FALSE(fields.may_have("host"));
}

TEST(Fields, are_found_in_any_case_and_the_first_counts) {
  const std::string text = "Host:a\nhost:b\nX:\n";
  const Fields fields = fields_of(text);
  EXPECT_EQ(fields.find("HOST"), "a");
  EXPECT_EQ(fields.find("x"), "");
  EXPECT_EQ(fields.find("hos"), std::nullopt);
  EXPECT_EQ(fields.find("hosts"), std::nullopt);
  EXPECT_EQ(fields.count("hOST"), 2);
  EXPECT_EQ(fields.count("y"), 0);
}

TEST(Fields, show_all_values_of_a_name) {
  const std::string text = "a:1\nb:2\nA:3\n";
  std::vector<std::string> values;
  fields_of(text).for_each_value("a", [&](std::string_view each) { values.emplace_back(each); });
  EXPECT_THAT(values, ElementsAre("1", "3"));
}

TEST(Fields, of_one_name_make_one_list) {
  EXPECT_THAT(elements("a:1, 2 ,3\nb:x\na:4\n", "A"), ElementsAre("1", "2", "3", "4"));
}

TEST(Fields, empty_elements_of_a_list_are_left_out) {
  EXPECT_THAT(elements("a:, 1,, ,2,\na:\n", "a"), ElementsAre("1", "2"));
}

TEST(Fields, a_comma_in_quotes_ends_no_element) {
  EXPECT_THAT(elements("a:x=\"1,2\", y\n", "a"), ElementsAre("x=\"1,2\"", "y"));
  EXPECT_THAT(elements("a:\"1\\\",2\", y\n", "a"), ElementsAre("\"1\\\",2\"", "y"));
  EXPECT_THAT(elements("a:\"open, x\n", "a"), ElementsAre("\"open, x"));
}

TEST(Fields, know_the_words_of_a_list) {
  const std::string text = "Connection:Keep-Alive, x\nconnection:CLOSE\n";
  const Fields fields = fields_of(text);
  EXPECT_TRUE(fields.has_token("Connection", "close"));
  EXPECT_TRUE(fields.has_token("Connection", "keep-alive"));
  EXPECT_FALSE(fields.has_token("Connection", "keep"));
  EXPECT_FALSE(fields.has_token("Upgrade", "close"));
}

TEST(Fields, beyond_64_are_kept_as_well) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += std::to_string(i) + ":v" + std::to_string(i) + "\n";
  const Fields fields = fields_of(text);
  ASSERT_EQ(fields.size(), 200);
  EXPECT_EQ(fields.find("63"), "v63");
  EXPECT_EQ(fields.find("64"), "v64");
  EXPECT_EQ(fields.find("199"), "v199");
}

TEST(Fields, follow_their_text_when_it_moves) {
  const std::string text = "a:1\n";
  Fields fields = fields_of(text);
  const std::string moved = text;
  fields.set_base(moved.data());
  EXPECT_EQ(fields[0].name.data(), moved.data());
  EXPECT_EQ(fields.offset_of(fields[0].value), 2);
}

TEST(Fields, are_gone_when_they_are_cleared) {
  std::string text;
  for (int i = 0; i < 70; ++i) text += "a:1\n";
  Fields fields = fields_of(text);
  fields.clear();
  EXPECT_TRUE(fields.empty());
  EXPECT_EQ(fields.begin(), fields.end());
  std::string next;
  for (int i = 0; i < 70; ++i) next += "longer:2\n";
  for (std::size_t at = 0; at < next.size();) at = add(fields, next, at);
  fields.set_base(next.data());
  for (const Field field : fields) EXPECT_EQ(field.name, "longer");
}

}  // namespace
