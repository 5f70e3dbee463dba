// HTTP dates [RFC 9110 5.6.7], and the Date field of an answer [RFC 9110 6.6.1].
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

namespace http {

// "Sun, 06 Nov 1994 08:49:37 GMT", always in English and always 29 characters: the fixed form
// IMF-fixdate [RFC 9110 5.6.7]. Years 0 to 9999.
[[nodiscard]] std::array<char, 29> format_date(std::chrono::sys_seconds time);

// An HTTP date in any of its three forms, two of which are no longer sent. nullopt for everything
// else, which is then to be ignored.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

// The current date, formatted again only when the second has changed: a busy server sends thousands
// of answers in one second.
class DateClock {
 public:
  using Now = std::function<std::chrono::sys_seconds()>;

  // Tests pass a clock of their own.
  explicit DateClock(Now now = system_time) : now_(std::move(now)) {}

  // Valid until the next call.
  [[nodiscard]] std::string_view text();

  // One for each thread, on the system's clock; it needs no lock.
  [[nodiscard]] static DateClock& of_this_thread();

  // How often a date was formatted, for tests of the cache.
  [[nodiscard]] std::size_t written() const noexcept { return written_; }

 private:
  [[nodiscard]] static std::chrono::sys_seconds system_time();

  Now now_;
  std::chrono::sys_seconds second_{};  // the second that text_ shows, once written_ != 0
  std::array<char, 29> text_{};
  std::size_t written_ = 0;
};

}  // namespace http
