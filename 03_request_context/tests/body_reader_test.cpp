#include "http/body_reader.hpp"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <utility>

namespace {

using http::BodyMode;
using http::BodyReader;
using http::Fields;
using http::Framing;

// A body that stands behind "head" in a connection's buffer.
struct Reading {
  std::string text = "head";
  BodyReader reader;
  Fields trailers;

  explicit Reading(Framing framing, BodyMode mode = BodyMode::keep, http::Limits limits = {}) {
    reader.start(framing, text.size(), mode, limits);
  }
  http::Parsed<bool> feed(const std::string& more) {
    text += more;
    return reader.read(std::as_writable_bytes(std::span(text)), trailers, 10);
  }
  void compact() {
    const auto bytes = std::as_writable_bytes(std::span(text));
    text.resize(text.size() - reader.compact(bytes));
  }
  [[nodiscard]] std::string kept() const {
    return std::string(http::as_text(reader.kept(http::as_bytes(text))));
  }
};

TEST(BodyReader, without_a_body_it_is_done_at_once) {
  Reading reading({Framing::Kind::none, 0});
  EXPECT_EQ(reading.feed("next"), true);
  EXPECT_EQ(reading.reader.end(), 4);
}

TEST(BodyReader, a_length_is_counted_down) {
  Reading reading({Framing::Kind::length, 5});
  EXPECT_EQ(reading.feed(""), false);
  EXPECT_EQ(reading.feed("hel"), false);
  EXPECT_EQ(reading.feed("lonext"), true);
  EXPECT_EQ(reading.kept(), "hello");
  EXPECT_EQ(reading.reader.end(), 9);
}

TEST(BodyReader, a_length_of_zero_is_done_at_once) {
  Reading reading({Framing::Kind::length, 0});
  EXPECT_EQ(reading.feed("next"), true);
  EXPECT_EQ(reading.reader.end(), 4);
}

TEST(BodyReader, without_a_length_it_takes_all_up_to_the_limit) {
  Reading reading({Framing::Kind::until_close, 0}, BodyMode::keep, {.body = 5});
  EXPECT_EQ(reading.feed("hel"), false);
  EXPECT_EQ(reading.feed("lo"), false);
  EXPECT_EQ(reading.kept(), "hello");
  const auto more = reading.feed("!");
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().offset, 9);
}

TEST(BodyReader, what_is_discarded_can_be_taken_out_of_the_buffer) {
  Reading reading({Framing::Kind::length, 10}, BodyMode::discard);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(reading.feed("ab"), false);
    reading.compact();
    EXPECT_EQ(reading.text, "head");
  }
  EXPECT_EQ(reading.feed("abnext"), true);
  EXPECT_EQ(reading.reader.size(), 10);
  EXPECT_EQ(reading.text.substr(reading.reader.end()), "next");
}

TEST(BodyReader, chunk_framing_can_be_taken_out_of_the_buffer) {
  Reading reading({Framing::Kind::chunked, 0});
  EXPECT_EQ(reading.feed("2\r\nhe\r\n3\r"), false);
  reading.compact();
  EXPECT_EQ(reading.text, "headhe3\r");
  EXPECT_EQ(reading.feed("\nllo\r\n0\r\nA: 1"), false);
  reading.compact();
  EXPECT_EQ(reading.text, "headhelloA: 1");
  EXPECT_EQ(reading.feed("\r\n\r\nnext"), true);
  EXPECT_EQ(reading.kept(), "hello");
  EXPECT_EQ(reading.trailers.find("a"), "1");
  EXPECT_EQ(reading.text.substr(reading.reader.end()), "next");
}

TEST(BodyReader, without_a_hole_there_is_nothing_to_close) {
  Reading reading({Framing::Kind::length, 5});
  EXPECT_EQ(reading.feed("hel"), false);
  EXPECT_EQ(reading.reader.gap().size(), 0);
  reading.compact();
  EXPECT_EQ(reading.text, "headhel");
}

}  // namespace
