#include "http/framing.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace {

using http::Fields;
using http::Framing;
using http::parse_content_length;
using http::request_framing;
using http::response_framing;
using http::Version;

constexpr Framing kNone{Framing::Kind::none, 0};
constexpr Framing kChunkedFraming{Framing::Kind::chunked, 0};
constexpr Framing kUntilClose{Framing::Kind::until_close, 0};
Framing length(std::size_t n) {
  return {Framing::Kind::length, n};
}

// Fields and the text that they view.
struct Head {
  std::string text;
  Fields fields;

  Head(std::initializer_list<std::pair<std::string_view, std::string_view>> list) {
    for (const auto& [name, value] : list) {
      const auto at = static_cast<std::uint32_t>(text.size());
      const auto size = static_cast<std::uint32_t>(name.size());
      fields.add({at, size, at + size + 1, static_cast<std::uint32_t>(value.size())});
      text.append(name).append(":").append(value).append("\n");
    }
    fields.set_base(text.data());
  }
  Head(const Head&) = delete;  // the fields would view the other's text
  Head& operator=(const Head&) = delete;
};

int refused_framing(std::initializer_list<std::pair<std::string_view, std::string_view>> list,
                    Version version = {1, 1}) {
  const Head head(list);
  const auto framing = request_framing(head.fields, version);
  return framing ? 0 : framing.error().status;
}

TEST(ContentLength, is_made_of_digits) {
  EXPECT_EQ(parse_content_length("0"), 0);
  EXPECT_EQ(parse_content_length("5"), 5);
  EXPECT_EQ(parse_content_length("0012"), 12);
  EXPECT_EQ(parse_content_length("9379840"), 9379840);
}

TEST(ContentLength, is_refused_at_the_first_byte_that_is_no_digit) {
  const std::pair<const char*, std::size_t> faults[] = {
      {"", 0},    {"abc", 0}, {"-1", 0},  {"+5", 0},    {"0x5", 1},
      {"5 5", 1}, {"5,5", 1}, {"5.0", 1}, {"5\xb2", 1}, {" 5", 0}};
  for (const auto& [value, offset] : faults) {
    const auto parsed = parse_content_length(value);
    ASSERT_FALSE(parsed) << value;
    EXPECT_EQ(parsed.error().status, 400) << value;
    EXPECT_EQ(parsed.error().offset, offset) << value;
  }
}

TEST(ContentLength, does_not_wrap_around) {
  EXPECT_EQ(parse_content_length("18446744073709551615"), 18446744073709551615u);
  // In 64 bits the last one is 11553255926290448384: still more than what it was before the last digit.
  for (const char* value : {"18446744073709551616", "18446744073709551620", "99999999999999999999",
                            "184467440737095516150", "30000000000000000000"}) {
    const auto parsed = parse_content_length(value);
    ASSERT_FALSE(parsed) << value;
    EXPECT_EQ(parsed.error().status, 400) << value;
  }
  EXPECT_EQ(parse_content_length("000000000000000000000000000000005"), 5);
}

TEST(RequestFraming, without_a_field_there_is_no_body) {
  const Head head({{"Host", "a"}});
  EXPECT_EQ(request_framing(head.fields, {1, 1}), kNone);
}

TEST(RequestFraming, a_content_length_is_the_length) {
  const Head head({{"Host", "a"}, {"content-length", "5"}});
  EXPECT_EQ(request_framing(head.fields, {1, 1}), length(5));
  EXPECT_EQ(request_framing(head.fields, {1, 0}), length(5));
}

TEST(RequestFraming, chunked_is_chunked) {
  const Head head({{"Host", "a"}, {"transfer-encoding", "Chunked"}});
  EXPECT_EQ(request_framing(head.fields, {1, 1}), kChunkedFraming);
  EXPECT_EQ(request_framing(head.fields, {1, 2}), kChunkedFraming);
}

TEST(RequestFraming, a_bad_length_is_refused_where_it_stands) {
  const Head head({{"Host", "a"}, {"Content-Length", "5x"}});
  const auto framing = request_framing(head.fields, {1, 1});
  ASSERT_FALSE(framing);
  EXPECT_EQ(framing.error().offset, head.text.find('x'));
}

TEST(RequestFraming, both_at_once_are_refused) {
  EXPECT_EQ(refused_framing({{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}}), 400);
  EXPECT_EQ(refused_framing({{"Transfer-Encoding", "chunked"}, {"Content-Length", "5"}}), 400);
  EXPECT_EQ(refused_framing({{"Transfer-Encoding", "x"}, {"Content-Length", "y"}}), 400);
}

TEST(RequestFraming, two_lengths_are_refused_even_if_they_agree) {
  EXPECT_EQ(refused_framing({{"Content-Length", "5"}, {"Content-Length", "5"}}), 400);
  EXPECT_EQ(refused_framing({{"Content-Length", "5"}, {"content-length", "6"}}), 400);
  EXPECT_EQ(refused_framing({{"Content-Length", "5, 5"}}), 400);
}

TEST(RequestFraming, http_1_0_knows_no_transfer_encoding) {
  EXPECT_EQ(refused_framing({{"Transfer-Encoding", "chunked"}}, {1, 0}), 400);
}

TEST(RequestFraming, a_coding_that_leaves_the_length_open_is_refused) {
  for (const char* value : {"gzip", "identity", "xchunked", "chunked, gzip", "chunked, chunked", "",
                            ",", "chunked,,chunked", "chunked;q=1", "\"chunked\"", ";chunked",
                            "chun ked", "chunked x", "gzip;, chunked x"})
    EXPECT_EQ(refused_framing({{"Transfer-Encoding", value}}), 400) << value;
  EXPECT_EQ(refused_framing({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}),
            400);
  EXPECT_EQ(refused_framing({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "identity"}}),
            400);
}

TEST(RequestFraming, empty_elements_of_the_list_mean_nothing) {
  for (const char* value : {", chunked", "chunked,", ",\t, ,chunked , ,"}) {
    const Head head({{"Transfer-Encoding", value}});
    EXPECT_EQ(request_framing(head.fields, {1, 1}), kChunkedFraming) << value;
  }
  const Head head({{"Transfer-Encoding", ""}, {"Transfer-Encoding", "chunked"}});
  EXPECT_EQ(request_framing(head.fields, {1, 1}), kChunkedFraming);
  EXPECT_EQ(refused_framing({{"Transfer-Encoding", ", gzip,,"}}), 400);
  EXPECT_EQ(refused_framing({{"Transfer-Encoding", ", gzip,, chunked,"}}), 501);
}

TEST(RequestFraming, a_coding_before_chunked_is_not_implemented) {
  for (const char* value : {"gzip, chunked", "x , chunked", "x;a=\"b,c\" , chunked"})
    EXPECT_EQ(refused_framing({{"Transfer-Encoding", value}}), 501) << value;
  EXPECT_EQ(refused_framing({{"Transfer-Encoding", "gzip"}, {"Transfer-Encoding", "chunked"}}),
            501);
}

TEST(ResponseFraming, without_a_field_the_body_ends_with_the_connection) {
  const Head head({});
  EXPECT_EQ(response_framing(head.fields, {1, 1}, 200, "GET"), kUntilClose);
}

TEST(ResponseFraming, some_answers_have_no_body_whatever_they_say) {
  for (const char* value : {"5", "x"}) {
    const Head head({{"Content-Length", value}});
    EXPECT_EQ(response_framing(head.fields, {1, 1}, 200, "HEAD"), kNone);
    EXPECT_EQ(response_framing(head.fields, {1, 1}, 204, "GET"), kNone);
    EXPECT_EQ(response_framing(head.fields, {1, 1}, 304, "GET"), kNone);
    EXPECT_EQ(response_framing(head.fields, {1, 1}, 101, "GET"), kNone);
    EXPECT_EQ(response_framing(head.fields, {1, 1}, 200, "CONNECT"), kNone);
  }
  const Head head({{"Content-Length", "5"}});
  EXPECT_EQ(response_framing(head.fields, {1, 1}, 403, "CONNECT"), length(5));
}

TEST(ResponseFraming, a_length_that_is_repeated_is_the_length) {
  for (const char* again : {"5", "5, 5", "05 ,5", ", 5,"}) {
    const Head head({{"Content-Length", "5"}, {"content-length", again}});
    EXPECT_EQ(response_framing(head.fields, {1, 1}, 200, "GET"), length(5)) << again;
  }
  const Head list({{"Content-Length", "5, 5"}});
  EXPECT_EQ(response_framing(list.fields, {1, 1}, 200, "GET"), length(5));
}

TEST(ResponseFraming, two_lengths_that_differ_are_refused_where_the_other_one_stands) {
  for (const char* other : {"6", "5, 6", "", ",", "x", "50"}) {
    const Head head({{"Content-Length", "5"}, {"Content-Length", other}});
    const auto framing = response_framing(head.fields, {1, 1}, 200, "GET");
    ASSERT_FALSE(framing) << other;
    EXPECT_EQ(framing.error().status, 502) << other;
    EXPECT_GT(framing.error().offset, 20) << other;
  }
}

TEST(ResponseFraming, a_coding_that_is_not_chunked_goes_up_to_the_end) {
  for (const char* value : {"identity", "gzip", "chunked, gzip", "x;a=\"b,c\"", ", gzip,", ""}) {
    const Head head({{"Transfer-Encoding", value}});
    EXPECT_EQ(response_framing(head.fields, {1, 1}, 200, "GET"), kUntilClose) << value;
  }
}

TEST(ResponseFraming, a_coding_that_ends_in_chunked_goes_up_to_the_last_chunk) {
  for (const char* value : {"chunked", "CHUNKED", ", chunked", "chunked,", "gzip, chunked"}) {
    const Head head({{"Transfer-Encoding", value}});
    EXPECT_EQ(response_framing(head.fields, {1, 1}, 200, "GET"), kChunkedFraming) << value;
  }
}

TEST(ResponseFraming, a_coding_that_is_no_coding_is_refused) {
  for (const char* value : {"chun ked", "\"chunked\"", "chunked;q=1", "chunked, chunked",
                            "chunked, gzip, chunked", ";"}) {
    const Head head({{"Transfer-Encoding", value}});
    EXPECT_FALSE(response_framing(head.fields, {1, 1}, 200, "GET")) << value;
  }
  const Head old({{"Transfer-Encoding", "chunked"}});
  EXPECT_FALSE(response_framing(old.fields, {1, 0}, 200, "GET")) << "faulty [RFC 9112 6.1]";
}

TEST(ResponseFraming, is_refused_where_a_request_would_be) {
  const Head head({{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}});
  const auto framing = response_framing(head.fields, {1, 1}, 200, "GET");
  ASSERT_FALSE(framing);
  EXPECT_EQ(framing.error().status, 502);
}

}  // namespace
