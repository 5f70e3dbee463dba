#include "http/chunked_decoder.hpp"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "parsed.hpp"

namespace {

using http::BodyMode;
using http::BodyPlace;
using http::ChunkedDecoder;
using http::Fields;
using http::Limits;
using http::parse_chunk_head;

constexpr std::size_t kAccepted = std::string_view::npos;

std::size_t refused_size(std::string_view line) {
  const auto head = parse_chunk_head(line);
  if (head) return kAccepted;
  EXPECT_EQ(head.error().status, 400) << line;
  return head.error().offset;
}

TEST(ChunkHead, is_a_hexadecimal_number) {
  EXPECT_EQ(parse_chunk_head("0")->size, 0);
  EXPECT_EQ(parse_chunk_head("5")->size, 5);
  EXPECT_EQ(parse_chunk_head("1a")->size, 26);
  EXPECT_EQ(parse_chunk_head("FFff")->size, 65535);
  EXPECT_EQ(parse_chunk_head("00000000000000a0")->size, 160);
  EXPECT_EQ(parse_chunk_head("ffffffffffffffff")->size, 0xffffffffffffffff);
  EXPECT_EQ(parse_chunk_head("1a;b")->digits, 2);
}

TEST(ChunkHead, needs_a_digit) {
  EXPECT_EQ(refused_size(""), 0);
  EXPECT_EQ(refused_size(";a"), 0);
  EXPECT_EQ(refused_size("x"), 0);
  EXPECT_EQ(refused_size("-1"), 0);
  EXPECT_EQ(refused_size("+1"), 0);
  EXPECT_EQ(refused_size(" 1"), 0);
}

TEST(ChunkHead, holds_nothing_but_digits_and_extensions) {
  EXPECT_EQ(refused_size("0x5"), 1);
  EXPECT_EQ(refused_size("5 "), 1);
  EXPECT_EQ(refused_size("5\t"), 1);
  EXPECT_EQ(refused_size("5 5"), 1);
  EXPECT_EQ(refused_size("5g"), 1);
  EXPECT_EQ(refused_size("5,5"), 1);
  EXPECT_EQ(refused_size("5."), 1);
}

TEST(ChunkHead, does_not_wrap_around) {
  EXPECT_EQ(refused_size("10000000000000000"), 16);
  EXPECT_EQ(refused_size("00000000000000005"), 16);
  EXPECT_EQ(refused_size("ffffffffffffffffffffff"), 16);
}

TEST(ChunkHead, passes_over_extensions) {
  for (const char* line : {"5;a", "5;a=b", "5;a;b", "5;a=\"b\"", "5;a=\"b;c\"", "5;a=\"\"",
                           "5;a=\"\\\"\";b", "5 ;a", "5; a", "5 ; a = b ; c", "5\t;\ta\t=\tb"})
    EXPECT_EQ(refused_size(line), kAccepted) << line;
}

TEST(ChunkHead, passes_over_no_bad_extension) {
  for (const char* line :
       {"5;", "5;;", "5;=", "5;=b", "5;a=", "5;a=;", "5;a b", "5;a=b c", "5;a=\"", "5;a=\"b",
        "5;a=\"b\\\"", "5;a=\"b\"c", "5;a ", "5;\"a\"", "5;a=b=c", "5;a[]"})
    EXPECT_EQ(refused_size(line), 1) << line;
}

// A decoder and what it works on.
struct Decoding {
  std::string text;
  ChunkedDecoder decoder;
  BodyPlace place;
  Fields trailers;

  explicit Decoding(std::string raw, Limits limits = {}, BodyMode mode = BodyMode::keep,
                    http::Sender sender = http::Sender::client)
      : text(std::move(raw)) {
    place.mode = mode;
    decoder.start(limits, sender);
  }
  http::Parsed<bool> feed(std::size_t size) {
    return decoder.decode(std::as_writable_bytes(std::span(text).first(size)), place, trailers, 10);
  }
  http::Parsed<bool> feed() { return feed(text.size()); }
  [[nodiscard]] std::string body() const { return text.substr(place.begin, place.kept); }
};

const std::string kHelloWorld = "5\r\nhello\r\n6;x\r\n world\r\n0\r\nA: 1\r\n\r\n";

TEST(ChunkedDecoder, puts_the_data_together_in_place) {
  Decoding decoding(kHelloWorld + "rest");
  ASSERT_EQ(decoding.feed(), true);
  EXPECT_EQ(decoding.body(), "hello world");
  EXPECT_EQ(decoding.place.size, 11);
  EXPECT_EQ(decoding.trailers.find("a"), "1");
  EXPECT_EQ(decoding.text.substr(decoding.decoder.end()), "rest");
}

TEST(ChunkedDecoder, continues_where_it_stopped) {
  Decoding decoding(kHelloWorld);
  for (std::size_t size = 0; size < decoding.text.size(); ++size)
    ASSERT_EQ(decoding.feed(size), false) << size;
  ASSERT_EQ(decoding.feed(), true);
  EXPECT_EQ(decoding.body(), "hello world");
  EXPECT_EQ(decoding.decoder.end(), kHelloWorld.size());
}

TEST(ChunkedDecoder, hands_data_on_before_its_chunk_is_whole) {
  Decoding decoding("5\r\nhe");
  ASSERT_EQ(decoding.feed(), false);
  EXPECT_EQ(decoding.body(), "he");
}

TEST(ChunkedDecoder, counts_what_is_discarded) {
  Decoding decoding(kHelloWorld, {}, BodyMode::discard);
  ASSERT_EQ(decoding.feed(), true);
  EXPECT_EQ(decoding.place.size, 11);
  EXPECT_EQ(decoding.place.kept, 0);
  EXPECT_EQ(decoding.trailers.find("a"), "1");
}

TEST(ChunkedDecoder, every_line_ends_with_cr_lf) {
  for (const char* text : {"5\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "0\n\r\n", "0\r\n\n",
                           "0\r\nA: 1\n\r\n", "0\r\nA: 1\r\n\n", "5\rhello\r\n0\r\n\r\n"}) {
    Decoding decoding(text);
    const auto done = decoding.feed();
    ASSERT_FALSE(done) << text;
    EXPECT_EQ(done.error().status, 400) << text;
  }
}

TEST(ChunkedDecoder, data_is_as_long_as_its_size_says) {
  Decoding longer("2\r\nhi!\r\n0\r\n\r\n");
  EXPECT_EQ(longer.feed().error().offset, 5);
  Decoding not_yet("2\r\nhi!");
  EXPECT_EQ(not_yet.feed().error().offset, 5);
  Decoding shorter("3\r\nhi\r\n0\r\n\r\n");
  EXPECT_EQ(shorter.feed().error().offset, 6);
}

TEST(ChunkedDecoder, sizes_add_up_to_the_limit_and_no_further) {
  const Limits five{.body = 5};
  Decoding fits("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", five);
  EXPECT_EQ(fits.feed(), true);
  for (const char* second : {"4\r\n", "ffffffffffffffff\r\n", "fffffffffffffffe\r\n"}) {
    Decoding longer(std::string("2\r\nhe\r\n") + second, five);
    const auto done = longer.feed();
    ASSERT_FALSE(done) << second;
    EXPECT_EQ(done.error().status, 413) << second;
    EXPECT_EQ(done.error().offset, 7) << second;
  }
}

TEST(ChunkedDecoder, extensions_are_refused_where_the_limit_is_passed) {
  const Limits five{.chunk_extensions = 5};
  Decoding fits("2;a=b\r\nhe\r\n0\r\n\r\n", five);
  EXPECT_EQ(fits.feed(), true);
  for (const std::string& more : {std::string("bcd\r\nhe\r\n0\r\n\r\n"), std::string(100, 'b')}) {
    Decoding longer("1;z\r\nh\r\n2;a=" + more, five);
    const auto done = longer.feed();
    ASSERT_FALSE(done) << more;
    EXPECT_EQ(done.error().status, 413) << more;
    EXPECT_EQ(done.error().offset, 12) << "the first byte that is one too many";
  }
}

TEST(ChunkedDecoder, starts_anew_in_the_middle_of_a_line) {
  Decoding decoding("5;x");
  ASSERT_EQ(decoding.feed(), false);
  decoding.text = "1\r\na\r\n0\r\n\r\n";
  decoding.decoder.start({});
  ASSERT_EQ(decoding.feed(), true);
  EXPECT_EQ(decoding.body(), "a");
}

TEST(ChunkedDecoder, no_trailer_may_change_the_framing) {
  for (const char* name : {"Content-Length", "transfer-encoding", "HOST", "Connection", "Expect"}) {
    Decoding decoding("0\r\nA: 1\r\n" + std::string(name) + ": 5\r\n\r\n");
    const auto done = decoding.feed();
    ASSERT_FALSE(done) << name;
    EXPECT_EQ(done.error().offset, 9) << name;
  }
}

TEST(ChunkedDecoder, any_other_trailer_is_only_stored) {
  Decoding decoding("0\r\nTrailer: a\r\nContent-Type: b\r\n\r\n");
  ASSERT_EQ(decoding.feed(), true);
  EXPECT_EQ(decoding.trailers.find("trailer"), "a");
  EXPECT_EQ(decoding.trailers.find("content-type"), "b");
}

TEST(ChunkedDecoder, accepts_more_from_a_server) {
  Decoding decoding("2  \r\nhi\r\n0\r\nContent-Length: 9\r\nA: 1\r\n 2\r\n\r\n", {}, BodyMode::keep,
                    http::Sender::server);
  ASSERT_EQ(decoding.feed(), true);
  EXPECT_EQ(decoding.body(), "hi");
  EXPECT_EQ(decoding.trailers.find("content-length"), "9");
  EXPECT_EQ(decoding.trailers.find("a"), "1   2");
}

}  // namespace
