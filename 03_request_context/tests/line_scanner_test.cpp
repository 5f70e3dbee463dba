#include "http/line_scanner.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace http {
std::ostream& operator<<(std::ostream& out, const LineEnd& end) {
  return out << "kind " << static_cast<int>(end.kind) << " at " << end.at << " next " << end.next;
}
}  // namespace http

namespace {

using http::find_line_end;
using http::kChunkLine;
using http::kHeadLine;
using http::kRequestLine;
using http::LineEnd;
using enum http::LineEnd::Kind;
using std::literals::operator""s;

TEST(FindLineEnd, a_line_ends_with_cr_lf) {
  EXPECT_EQ(find_line_end("abc\r\ndef", 0, 100, kHeadLine), (LineEnd{found, 3, 5}));
  EXPECT_EQ(find_line_end("abc\r\n", 0, 100, kChunkLine), (LineEnd{found, 3, 5}));
}

TEST(FindLineEnd, a_line_of_a_head_may_end_with_lf_alone) {
  EXPECT_EQ(find_line_end("abc\ndef", 0, 100, kHeadLine), (LineEnd{found, 3, 4}));
  EXPECT_EQ(find_line_end("abc\ndef", 0, 100, kRequestLine), (LineEnd{found, 3, 4}));
}

TEST(FindLineEnd, a_line_of_a_chunk_may_not_end_with_lf_alone) {
  EXPECT_EQ(find_line_end("abc\ndef", 0, 100, kChunkLine), (LineEnd{bare_lf, 3}));
}

TEST(FindLineEnd, an_empty_line_is_a_line) {
  EXPECT_EQ(find_line_end("\r\n", 0, 100, kHeadLine), (LineEnd{found, 0, 2}));
  EXPECT_EQ(find_line_end("\n", 0, 0, kHeadLine), (LineEnd{found, 0, 1}));
}

TEST(FindLineEnd, without_an_end_it_says_where_to_look_on) {
  EXPECT_EQ(find_line_end("", 0, 100, kHeadLine), (LineEnd{unfinished, 0}));
  EXPECT_EQ(find_line_end("abc", 0, 100, kHeadLine), (LineEnd{unfinished, 3}));
  EXPECT_EQ(find_line_end("abcde\n", 3, 100, kHeadLine), (LineEnd{found, 5, 6}));
}

TEST(FindLineEnd, it_does_not_look_again_at_what_it_has_seen) {
  EXPECT_EQ(find_line_end("a\nb\0c"s, 4, 100, kHeadLine), (LineEnd{unfinished, 5}));
}

TEST(FindLineEnd, a_cr_at_the_end_is_looked_at_again_when_there_is_more) {
  EXPECT_EQ(find_line_end("abc\r", 0, 100, kHeadLine), (LineEnd{unfinished, 3}));
  EXPECT_EQ(find_line_end("abc\r\n", 3, 100, kHeadLine), (LineEnd{found, 3, 5}));
  EXPECT_EQ(find_line_end("abc\rd", 3, 100, kHeadLine), (LineEnd{bare_cr, 3}));
}

TEST(FindLineEnd, a_cr_without_lf_is_refused) {
  for (const auto rules : {kRequestLine, kHeadLine, kChunkLine}) {
    EXPECT_EQ(find_line_end("abc\rdef\r\n", 0, 100, rules), (LineEnd{bare_cr, 3}));
    EXPECT_EQ(find_line_end("abc\r\r\n", 0, 100, rules), (LineEnd{bare_cr, 3}));
  }
}

TEST(FindLineEnd, control_characters_are_refused_wherever_they_stand) {
  for (int c = 0; c < 256; ++c) {
    const bool control = c < 0x20 || c == 0x7f;
    if (c == '\r' || c == '\n') continue;
    const std::string line = "ab"s + static_cast<char>(c) + "\r\n";
    const bool field_allows = !control || c == '\t';
    EXPECT_EQ(find_line_end(line, 0, 100, kHeadLine).kind, field_allows ? found : bad_byte) << c;
    EXPECT_EQ(find_line_end(line, 0, 100, kChunkLine).kind, field_allows ? found : bad_byte) << c;
    const bool request_line_allows = !control && c < 0x80;
    const auto end = find_line_end(line, 0, 100, kRequestLine);
    EXPECT_EQ(end.kind, request_line_allows ? found : bad_byte) << c;
    EXPECT_EQ(end.at, request_line_allows ? 3 : 2) << c;
  }
}

TEST(FindLineEnd, a_line_may_be_as_long_as_the_limit) {
  EXPECT_EQ(find_line_end("abc\r\n", 0, 3, kHeadLine), (LineEnd{found, 3, 5}));
  EXPECT_EQ(find_line_end("abcd\r\n", 0, 3, kHeadLine), (LineEnd{too_long, 3}));
  EXPECT_EQ(find_line_end("abc\r", 0, 3, kHeadLine), (LineEnd{unfinished, 3}));
  EXPECT_EQ(find_line_end("abc", 0, 3, kHeadLine), (LineEnd{unfinished, 3}));
  EXPECT_EQ(find_line_end("abcd", 3, 3, kHeadLine), (LineEnd{too_long, 3}));
}

TEST(FindLineEnd, what_comes_first_counts) {
  EXPECT_EQ(find_line_end("ab\0d\r\n"s, 0, 3, kHeadLine), (LineEnd{bad_byte, 2}));
  EXPECT_EQ(find_line_end("abc\0\r\n"s, 0, 3, kHeadLine), (LineEnd{too_long, 3}));
  EXPECT_EQ(find_line_end("a\nb\0"s, 0, 3, kHeadLine), (LineEnd{found, 1, 2}));
}

TEST(LineScanner, looks_at_each_byte_once) {
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n";
  http::LineScanner scanner;
  std::size_t line = 0;
  std::size_t lines = 0;
  for (std::size_t size = 1; size <= text.size(); ++size) {
    const auto end = scanner.scan(std::string_view(text).substr(line, size - line), 100, kHeadLine);
    if (end.kind != found) continue;
    line += end.next;
    ++lines;
    EXPECT_EQ(scanner.looked(), 0);
  }
  EXPECT_EQ(lines, 2);
  EXPECT_EQ(scanner.examined(), text.size());
}

TEST(LineScanner, reports_how_much_of_the_line_it_has_seen) {
  http::LineScanner scanner;
  EXPECT_EQ(scanner.looked(), 0);
  EXPECT_EQ(scanner.scan("abc", 100, kHeadLine).kind, unfinished);
  EXPECT_EQ(scanner.looked(), 3);
  scanner.reset();
  EXPECT_EQ(scanner.looked(), 0);
}

}  // namespace
