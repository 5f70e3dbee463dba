#include <chrono>
#include <string>

#include "fuzz.hpp"
#include "http/allowed_hosts.hpp"
#include "http/byte_range.hpp"
#include "http/date.hpp"
#include "http/target.hpp"
#include "http/text.hpp"

namespace fuzz {
namespace {

void a_date_has_one_text(std::string_view input) {
  const auto date = http::parse_http_date(input);
  if (!date) return;
  const auto text = http::format_date(*date);
  const auto again = http::parse_http_date({text.data(), text.size()});
  require(again == date, "a date that was written again");
}

void a_range_lies_in_its_file(std::string_view input) {
  for (const std::uint64_t size : {0ULL, 1ULL, 100ULL, ~0ULL}) {
    const http::ByteRange range = http::requested_range(input, size);
    if (range.kind == http::ByteRange::Kind::part)
      require(range.size != 0 && range.first < size && range.size <= size - range.first,
              "a part lies within its file");
  }
}

// Eight bytes are looked at together; this looks at one.
std::size_t run_length(std::string_view text, bool (*allowed)(unsigned char)) {
  std::size_t size = 0;
  while (size < text.size() && allowed(static_cast<unsigned char>(text[size]))) ++size;
  return size;
}
void runs_are_as_long_as_they_are(std::string_view input) {
  require_equal(http::visible_size(input),
                run_length(input, [](unsigned char c) { return c >= 0x20 && c <= 0x7e; }),
                "visible characters");
  require_equal(
      http::value_size(input),
      run_length(input, [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); }),
      "characters of a value");
}

void a_list_comes_to_its_end(std::string_view input) {
  std::size_t sum = 0;
  for (std::string_view list = input; !list.empty();) {
    const std::size_t before = list.size();
    const std::string_view element = http::take_list_element(list);
    require(list.size() < before, "each element is taken off");
    sum += element.size();
  }
  require(sum <= input.size(), "elements are parts of their list");
}

void a_line_of_a_log_stays_one(std::string_view input) {
  const std::string text = http::printable(input);
  require(http::visible_size(text) == text.size() && text.size() >= input.size(),
          "what is printed is visible");
}

void a_port_allows_nothing(std::string_view input) {
  const auto host = http::parse_host_port(input);
  if (!host || input.contains(':')) return;
  const http::AllowedHosts hosts({"example.org"});
  require(hosts.allows(input) == hosts.allows(std::string(input) + ":80"),
          "a port changes nothing");
}

}  // namespace

void value(std::string_view input) {
  a_date_has_one_text(input);
  a_range_lies_in_its_file(input);
  runs_are_as_long_as_they_are(input);
  a_list_comes_to_its_end(input);
  a_line_of_a_log_stays_one(input);
  a_port_allows_nothing(input);
}

}  // namespace fuzz
