#include "http/field_section.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "parsed.hpp"

namespace {

using http::Fields;
using http::FieldSection;
using http::kChunkLine;
using http::kHeadLine;
using http::parse_field_line;

using NameAndValue = std::pair<std::string_view, std::string_view>;

NameAndValue parts_of(std::string_view line) {
  const auto place = parse_field_line(line, false);
  if (!place) return {"refused", place.error().what};
  return {line.substr(place->name_at, place->name_size),
          line.substr(place->value_at, place->value_size)};
}

std::size_t refused_field(std::string_view line, bool first = false) {
  const auto place = parse_field_line(line, first);
  if (place || place.error().status != 400) return std::string_view::npos;
  return place.error().offset;
}

TEST(FieldLine, is_a_name_a_colon_and_a_value) {
  EXPECT_EQ(parts_of("Host: a"), NameAndValue("Host", "a"));
  EXPECT_EQ(parts_of("Host:a"), NameAndValue("Host", "a"));
  EXPECT_EQ(parts_of("x: y: z"), NameAndValue("x", "y: z"));
}

TEST(FieldLine, the_white_space_around_its_value_is_no_part_of_it) {
  EXPECT_EQ(parts_of("a: \t b \t c\t "), NameAndValue("a", "b \t c"));
}

TEST(FieldLine, its_value_may_be_empty) {
  EXPECT_EQ(parts_of("a:"), NameAndValue("a", ""));
  EXPECT_EQ(parts_of("a: \t "), NameAndValue("a", ""));
}

TEST(FieldLine, its_value_may_hold_any_byte_above_ascii) {
  EXPECT_EQ(parts_of("a: \x80\xff"), NameAndValue("a", "\x80\xff"));
}

TEST(FieldLine, its_name_is_a_token) {
  EXPECT_EQ(parts_of("!#$%&'*+-.^_`|~09azAZ: b").second, "b");
  EXPECT_EQ(refused_field("a(b: c"), 1);
  EXPECT_EQ(refused_field("a\x80: c"), 1);
  EXPECT_EQ(refused_field("\"a\": c"), 0);
}

TEST(FieldLine, its_name_is_not_empty) {
  EXPECT_EQ(refused_field(": b"), 0);
}

TEST(FieldLine, has_a_colon) {
  EXPECT_EQ(refused_field("abc"), 3);
  EXPECT_EQ(refused_field("abc def"), 3);
}

TEST(FieldLine, has_no_white_space_before_its_colon) {
  EXPECT_EQ(refused_field("a : b"), 1);
  EXPECT_EQ(refused_field("a\t: b"), 1);
  EXPECT_EQ(parse_field_line("a : b", false).error().section, "RFC 9112 5.1");
}

TEST(FieldLine, continues_no_other_line) {
  EXPECT_EQ(refused_field(" a: b"), 0);
  EXPECT_EQ(refused_field("\ta: b"), 0);
  EXPECT_EQ(refused_field(" "), 0);
  EXPECT_EQ(refused_field(" a: b", true), 0);
  EXPECT_EQ(parse_field_line(" a", false).error().section, "RFC 9112 5.2");
  EXPECT_EQ(parse_field_line(" a", true).error().section, "RFC 9112 2.2");
}

TEST(FieldSection, ends_with_an_empty_line) {
  const std::string text = "....a: 1\r\nb: 2\n\r\nrest";
  FieldSection section;
  section.start(4, 1000, kHeadLine);
  Fields fields;
  EXPECT_EQ(section.read(text, fields, 10), true);
  EXPECT_EQ(section.begin(), 4);
  EXPECT_EQ(text.substr(section.end()), "rest");
  ASSERT_EQ(fields.size(), 2);
  EXPECT_EQ(fields[0].name, "a");
  EXPECT_EQ(fields[1].value, "2");
}

TEST(FieldSection, may_be_empty) {
  FieldSection section;
  section.start(0, 1000, kHeadLine);
  Fields fields;
  EXPECT_EQ(section.read("\r\n", fields, 10), true);
  EXPECT_EQ(section.end(), 2);
}

TEST(FieldSection, continues_where_it_stopped_even_if_the_bytes_have_moved) {
  const std::string text = "a: 1\r\nb: 2\r\n\r\n";
  FieldSection section;
  section.start(0, 1000, kHeadLine);
  Fields fields;
  for (std::size_t size = 0; size < text.size(); ++size) {
    const std::string moved = text.substr(0, size);
    ASSERT_EQ(section.read(moved, fields, 10), false) << size;
  }
  ASSERT_EQ(section.read(text, fields, 10), true);
  EXPECT_EQ(fields.find("A"), "1");
  EXPECT_EQ(fields.find("B"), "2");
}

TEST(FieldSection, moves_down_as_a_whole) {
  FieldSection section;
  section.start(5, 1000, kChunkLine);
  Fields fields;
  ASSERT_EQ(section.read("12345a: 1\r\nb", fields, 10), false);
  section.shift_down(3);
  ASSERT_EQ(section.read("12a: 1\r\nb: 2\r\n\r\n", fields, 10), true);
  EXPECT_EQ(fields.find("a"), "1");
  EXPECT_EQ(fields.find("b"), "2");
}

TEST(FieldSection, reports_the_position_of_what_is_wrong) {
  FieldSection section;
  section.start(2, 1000, kHeadLine);
  Fields fields;
  const auto read = section.read("..a: 1\r\nb\x01: 2\r\n\r\n", fields, 10);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().offset, 9);
}

TEST(FieldSection, knows_which_line_is_the_first) {
  for (const auto& [text, law] : {std::pair(" a: 1\r\n\r\n", "RFC 9112 2.2"),
                                  std::pair("a: 1\r\n b\r\n\r\n", "RFC 9112 5.2")}) {
    FieldSection section;
    section.start(0, 1000, kHeadLine);
    Fields fields;
    const auto read = section.read(text, fields, 10);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().section, law) << text;
  }
}

http::Parsed<bool> read_with_room(std::string_view text, std::size_t room) {
  FieldSection section;
  section.start(0, room, kHeadLine);
  Fields fields;
  return section.read(text, fields, 10);
}

TEST(FieldSection, has_a_limit_of_bytes) {
  const std::string text = "a: 1\r\n\r\n";
  EXPECT_EQ(read_with_room(text, text.size()), true);
  for (std::size_t room = 0; room < text.size(); ++room) {
    const auto read = read_with_room(text, room);
    ASSERT_FALSE(read) << room;
    EXPECT_EQ(read.error().status, 431) << room;
    EXPECT_EQ(read.error().offset, room) << room;
  }
}

TEST(FieldSection, has_a_limit_of_fields) {
  FieldSection section;
  section.start(0, 1000, kHeadLine);
  Fields fields;
  const auto read = section.read("a: 1\r\nb: 2\r\n\r\n", fields, 1);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().status, 431);
  EXPECT_EQ(read.error().offset, 6);
}

}  // namespace
