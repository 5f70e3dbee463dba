#include "http/validators.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace http {
namespace {

std::string_view without_weakness(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  return etag;
}

// Whether a list of entity tags names this version. The strong comparison needs two strong tags,
// the weak one takes either [RFC 9110 8.8.3.2].
bool lists(const http::Request& request, std::string_view field, const Validators& validators,
           bool strong) {
  bool found = false;
  request.fields.for_each_element(field, [&](std::string_view element) {
    if (element == "*") found = true;
    if (strong) {
      found |= validators.are_strong() && element == validators.etag;
    } else {
      found |= without_weakness(element) == without_weakness(validators.etag);
    }
  });
  return found;
}

std::optional<std::chrono::sys_seconds> date_in(const http::Request& request,
                                                std::string_view field) {
  const auto value = request.fields.find(field);
  return value ? parse_http_date(*value) : std::nullopt;
}

// --- dates

constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

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
    if (!all_digits || field.empty()) return fail();
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

Precondition evaluate_preconditions(const http::Request& request, const Validators& validators) {
  // #region validators.evaluate_preconditions
  const http::Fields& fields = request.fields;
  if (fields.count("If-Match") != 0) {
    if (!lists(request, "If-Match", validators, true)) return Precondition::failed;
  } else if (const auto limit = date_in(request, "If-Unmodified-Since");
             limit && validators.modified > *limit) {
    return Precondition::failed;
  }
  if (fields.count("If-None-Match") != 0) {
    return lists(request, "If-None-Match", validators, false) ? Precondition::not_modified
                                                              : Precondition::holds;
  }
  const auto since = date_in(request, "If-Modified-Since");
  return since && validators.modified <= *since ? Precondition::not_modified : Precondition::holds;
  // #endregion validators.evaluate_preconditions
}

bool range_applies(const http::Request& request, const Validators& validators) {
  const auto condition = request.fields.find("If-Range");
  // #region validators.range_applies
  if (!condition) return true;
  if (!validators.are_strong()) return false;
  if (condition->starts_with('"')) return *condition == validators.etag;
  return parse_http_date(*condition) == validators.modified;
  // #endregion validators.range_applies
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  // The name of the day says nothing that the date does not.
  const std::size_t comma = text.find(", ");
  if (comma == 3) return parse_fixed(text.substr(comma + 2));
  if (comma != text.npos) return parse_rfc850(text.substr(comma + 2));
  return text.size() > 4 && text[3] == ' ' ? parse_asctime(text.substr(4)) : std::nullopt;
}

}  // namespace http
