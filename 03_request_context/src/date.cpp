#include "http/date.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <span>
#include <string_view>

namespace http {
namespace {

constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

// Writes `value` with leading zeros, as wide as `digits` is long.
void put_number(std::span<char> digits, unsigned value) {
  for (std::size_t i = digits.size(); i-- > 0; value /= 10)
    digits[i] = static_cast<char>('0' + value % 10);
}

// Reads a date from left to right; `failed` once something was not as it should be.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  Scanner& skip(std::string_view literal) {
    if (!rest_.starts_with(literal)) return fail();
    rest_.remove_prefix(literal.size());
    return *this;
  }
  // Exactly so many digits; `padded`: a blank may stand for a leading zero.
  Scanner& number(std::size_t digits, int& value, bool padded = false) {
    if (rest_.size() < digits) return fail();
    std::string_view field = rest_.substr(0, digits);
    rest_.remove_prefix(digits);
    if (padded && field.starts_with(' ')) field.remove_prefix(1);
    const bool all_digits = std::ranges::all_of(field, [](char c) { return c >= '0' && c <= '9'; });
    if (!all_digits) return fail();
    std::from_chars(field.data(), field.data() + field.size(), value);
    return *this;
  }
  Scanner& month(int& value) {
    const std::size_t at = kMonths.find(rest_.substr(0, 3));
    if (rest_.size() < 3 || at == kMonths.npos || at % 3 != 0) return fail();
    value = static_cast<int>(at / 3) + 1;
    rest_.remove_prefix(3);
    return *this;
  }
  [[nodiscard]] bool is_done() const { return !failed_ && rest_.empty(); }

 private:
  Scanner& fail() {
    failed_ = true;
    return *this;
  }
  std::string_view rest_;
  bool failed_ = false;
};

struct Moment {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;

  [[nodiscard]] std::optional<std::chrono::sys_seconds> time() const {
    const std::chrono::year_month_day date(std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)});
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second);
  }
};

// Two digits mean the year of that ending that is at most 50 years ahead.
int full_year(int two_digits) {
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  const int now = static_cast<int>(std::chrono::year_month_day(today).year());
  const int year = now - now % 100 + two_digits;
  return year > now + 50 ? year - 100 : year;
}

Scanner& clock_time(Scanner& scanner, Moment& moment) {
  return scanner.number(2, moment.hour)
      .skip(":")
      .number(2, moment.minute)
      .skip(":")
      .number(2, moment.second);
}

// "06 Nov 1994 08:49:37 GMT"
std::optional<std::chrono::sys_seconds> parse_fixed(std::string_view text) {
  Moment moment;
  Scanner scanner(text);
  scanner.number(2, moment.day).skip(" ").month(moment.month).skip(" ");
  scanner.number(4, moment.year).skip(" ");
  clock_time(scanner, moment).skip(" GMT");
  return scanner.is_done() ? moment.time() : std::nullopt;
}

// "06-Nov-94 08:49:37 GMT"
std::optional<std::chrono::sys_seconds> parse_rfc850(std::string_view text) {
  Moment moment;
  Scanner scanner(text);
  scanner.number(2, moment.day).skip("-").month(moment.month).skip("-");
  scanner.number(2, moment.year).skip(" ");
  clock_time(scanner, moment).skip(" GMT");
  moment.year = full_year(moment.year);
  return scanner.is_done() ? moment.time() : std::nullopt;
}

// "Nov  6 08:49:37 1994"
std::optional<std::chrono::sys_seconds> parse_asctime(std::string_view text) {
  Moment moment;
  Scanner scanner(text);
  scanner.month(moment.month).skip(" ").number(2, moment.day, true).skip(" ");
  clock_time(scanner, moment).skip(" ").number(4, moment.year);
  return scanner.is_done() ? moment.time() : std::nullopt;
}

}  // namespace

std::array<char, 29> format_date(std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto month = static_cast<unsigned>(date.month());

  std::array<char, 29> text;
  std::ranges::copy(std::string_view("Sun, 00 Jan 0000 00:00:00 GMT"), text.begin());
  const std::span field(text);
  std::ranges::copy(kDays.substr(std::chrono::weekday(day).c_encoding() * 3, 3), text.begin());
  put_number(field.subspan(5, 2), static_cast<unsigned>(date.day()));
  std::ranges::copy(kMonths.substr((month - 1) * 3, 3), text.begin() + 8);
  put_number(field.subspan(12, 4), static_cast<unsigned>(static_cast<int>(date.year())));
  put_number(field.subspan(17, 2), static_cast<unsigned>(clock.hours().count()));
  put_number(field.subspan(20, 2), static_cast<unsigned>(clock.minutes().count()));
  put_number(field.subspan(23, 2), static_cast<unsigned>(clock.seconds().count()));
  return text;
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  // The name of the day says nothing that the date does not.
  const std::size_t comma = text.find(", ");
  if (comma == 3) return parse_fixed(text.substr(comma + 2));
  if (comma != text.npos) return parse_rfc850(text.substr(comma + 2));
  return text.size() > 4 && text[3] == ' ' ? parse_asctime(text.substr(4)) : std::nullopt;
}

std::chrono::sys_seconds DateClock::system_time() {
  // Not system_clock::now(): that works out the nanoseconds too, for each answer [time(2)].
  return std::chrono::sys_seconds(std::chrono::seconds(std::time(nullptr)));
}

std::string_view DateClock::text() {
  const auto now = now_();
  if (written_ == 0 || now != second_) {
    text_ = format_date(now);
    second_ = now;
    ++written_;
  }
  return {text_.data(), text_.size()};
}

DateClock& DateClock::of_this_thread() {
  static thread_local DateClock clock;
  return clock;
}

}  // namespace http
