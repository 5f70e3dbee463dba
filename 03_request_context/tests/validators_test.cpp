#include "http/validators.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/date.hpp"
#include "http/session.hpp"
#include "http/text.hpp"

namespace {

using http::evaluate_preconditions;
using http::Precondition;
using http::range_applies;
using http::Validators;

// "Sun, 06 Nov 1994 08:49:37 GMT"
constexpr std::chrono::sys_seconds kTime{std::chrono::seconds(784111777)};

Validators version(const std::string& etag = "\"v1\"") {
  Validators validators;
  validators.etag = etag;
  validators.modified = kTime;
  return validators;
}

// A request with these field lines, and the session whose buffer it points into.
class Received {
 public:
  explicit Received(const std::string& fields) {
    const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
    const auto room = session_.input_space();
    std::ranges::copy(http::as_bytes(text), room.begin());
    session_.received(text.size());
    EXPECT_EQ(session_.advance(), http::Next::request) << text;
  }
  [[nodiscard]] const http::Request& request() const { return session_.request(); }

 private:
  http::Session session_;
};

Precondition ask(const std::string& fields, const Validators& validators = version()) {
  return evaluate_preconditions(Received(fields).request(), validators);
}

TEST(HttpDate, is_read_in_its_three_forms) {
  EXPECT_EQ(http::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), kTime);
  EXPECT_EQ(http::parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), kTime);
  EXPECT_EQ(http::parse_http_date("Sun Nov  6 08:49:37 1994"), kTime);
  EXPECT_EQ(http::parse_http_date("Wed Nov 16 08:49:37 1994"), kTime + std::chrono::days(10));
}

TEST(HttpDate, is_read_as_it_was_written) {
  for (const int seconds : {0, 1, 86399, 951782400, 2147483647}) {
    const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
    const auto text = http::format_date(time);
    EXPECT_EQ(http::parse_http_date({text.data(), text.size()}), time) << seconds;
  }
}

TEST(HttpDate, goes_up_to_the_last_second_of_a_day_and_a_leap_second_after_it) {
  const auto at = [](const std::string& time) {
    return http::parse_http_date("Sun, 06 Nov 1994 " + time + " GMT");
  };
  const std::chrono::sys_seconds midnight{std::chrono::seconds(784166400)};
  EXPECT_EQ(at("23:59:59"), midnight - std::chrono::seconds(1));
  EXPECT_EQ(at("23:59:60"), midnight);
  EXPECT_FALSE(at("23:59:61"));
}

// RFC 9110 5.6.7: a year that seems to be more than 50 years ahead is the last one of that ending.
TEST(HttpDate, two_digits_are_a_year_that_is_at_most_50_years_ahead) {
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  const int now = static_cast<int>(std::chrono::year_month_day(today).year());
  for (const int year : {now - 49, now - 1, now, now + 1, now + 50}) {
    const std::string digits = std::to_string(year).substr(2);
    const std::chrono::sys_days first{std::chrono::year{year} / 1 / 1};
    EXPECT_EQ(http::parse_http_date("Sunday, 01-Jan-" + digits + " 00:00:00 GMT"), first) << year;
  }
}

TEST(HttpDate, that_is_invalid_is_ignored) {
  for (const char* const bad :
       {"", "0", "yesterday", "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 ovD 1994 08:49:37 GMT",
        "Sun, 06 Nov -994 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun Nov  6 08:49:37 94", "Sun Nov ", "Sun, ", "Sun, 06 No",
        "Sun, 06 Nov 1994 08:49:37 GMT+1"})
    EXPECT_FALSE(http::parse_http_date(bad)) << bad;
}

TEST(Preconditions, a_client_that_has_this_version_gets_not_modified) {
  EXPECT_EQ(ask(""), Precondition::holds);
  for (const char* const same :
       {"If-None-Match: \"v1\"\r\n", "If-None-Match: W/\"v1\"\r\n", "If-None-Match: *\r\n",
        "If-None-Match: \"v0\", \"v1\"\r\n", "If-None-Match: \"v0\"\r\nIf-None-Match: \"v1\"\r\n",
        "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
        "If-Modified-Since: Mon, 07 Nov 1994 08:49:37 GMT\r\n"})
    EXPECT_EQ(ask(same), Precondition::not_modified) << same;
  EXPECT_EQ(ask("If-None-Match: \"v1\"\r\n", version("W/\"v1\"")), Precondition::not_modified);
  for (const char* const other :
       {"If-None-Match: \"v2\"\r\n", "If-None-Match: v1\r\n", "If-None-Match: \r\n",
        "If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n", "If-Modified-Since: yesterday\r\n"})
    EXPECT_EQ(ask(other), Precondition::holds) << other;
}

TEST(Preconditions, a_tag_says_more_than_a_date) {
  EXPECT_EQ(ask("If-None-Match: \"v2\"\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"),
            Precondition::holds);
  EXPECT_EQ(ask("If-Match: \"v1\"\r\nIf-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n"),
            Precondition::holds);
}

TEST(Preconditions, a_client_that_requires_another_version_is_refused) {
  EXPECT_EQ(ask("If-Match: \"v1\"\r\n"), Precondition::holds);
  EXPECT_EQ(ask("If-Match: *\r\n"), Precondition::holds);
  EXPECT_EQ(ask("If-Match: \"v2\"\r\n"), Precondition::failed);
  EXPECT_EQ(ask("If-Match: W/\"v1\"\r\n", version("W/\"v1\"")), Precondition::failed);
  EXPECT_EQ(ask("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), Precondition::holds);
  EXPECT_EQ(ask("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n"), Precondition::failed);
}

TEST(Preconditions, a_range_is_of_the_version_that_it_names) {
  const auto applies = [](const std::string& fields, const Validators& validators = version()) {
    return range_applies(Received(fields).request(), validators);
  };
  EXPECT_TRUE(applies(""));
  EXPECT_TRUE(applies("If-Range: \"v1\"\r\n"));
  EXPECT_TRUE(applies("If-Range: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
  for (const char* const other :
       {"If-Range: \"v2\"\r\n", "If-Range: W/\"v1\"\r\n", "If-Range: v1\r\n",
        "If-Range: Mon, 07 Nov 1994 08:49:37 GMT\r\n"})
    EXPECT_FALSE(applies(other)) << other;
  // Too young to be told from the next one.
  EXPECT_FALSE(applies("If-Range: W/\"v1\"\r\n", version("W/\"v1\"")));
  EXPECT_FALSE(applies("If-Range: Sun, 06 Nov 1994 08:49:37 GMT\r\n", version("W/\"v1\"")));
}

}  // namespace
