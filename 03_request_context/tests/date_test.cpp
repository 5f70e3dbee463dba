#include "http/date.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <string>

namespace {

using std::chrono_literals::operator""s;
using std::chrono::sys_seconds;

std::string written(std::int64_t since_1970) {
  const auto text = http::format_date(sys_seconds(std::chrono::seconds(since_1970)));
  return std::string(text.data(), text.size());
}

TEST(Date, is_written_as_the_rfc_writes_its_example) {
  EXPECT_EQ(written(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(Date, knows_leap_days_and_the_ends_of_years) {
  EXPECT_EQ(written(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(written(951'782'399), "Mon, 28 Feb 2000 23:59:59 GMT");
  EXPECT_EQ(written(951'782'400), "Tue, 29 Feb 2000 00:00:00 GMT");
  EXPECT_EQ(written(1'735'689'599), "Tue, 31 Dec 2024 23:59:59 GMT");
  EXPECT_EQ(written(4'107'542'400), "Mon, 01 Mar 2100 00:00:00 GMT");
}

TEST(DateClock, writes_the_date_at_most_once_a_second) {
  sys_seconds now{784'111'777s};
  http::DateClock clock([&now] { return now; });
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(clock.text(), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(clock.written(), 1u);
  now += 1s;
  EXPECT_EQ(clock.text(), "Sun, 06 Nov 1994 08:49:38 GMT");
  EXPECT_EQ(clock.written(), 2u);
}

TEST(DateClock, follows_a_clock_that_was_set_back) {
  sys_seconds now{784'111'777s};
  http::DateClock clock([&now] { return now; });
  EXPECT_EQ(clock.text(), "Sun, 06 Nov 1994 08:49:37 GMT");
  now -= 37s;
  EXPECT_EQ(clock.text(), "Sun, 06 Nov 1994 08:49:00 GMT");
}

TEST(DateClock, the_clock_of_a_thread_shows_the_system_time) {
  // system_clock may be a second ahead: time(2) shows the moment of the last tick.
  const std::time_t before = std::time(nullptr);
  const std::string text(http::DateClock::of_this_thread().text());
  const std::time_t after = std::time(nullptr);
  bool found = false;
  for (std::time_t second = before; second <= after; ++second)
    found = found || text == written(second);
  EXPECT_TRUE(found) << text;
}

}  // namespace
