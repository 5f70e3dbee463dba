#include "http/date.hpp"

#include <algorithm>
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

std::chrono::sys_seconds DateClock::system_time() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
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
