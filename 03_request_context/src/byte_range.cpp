#include "http/byte_range.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "http/text.hpp"

namespace http {
namespace {

// All of `text`, which must be digits. One that is too large is the largest there is.
std::optional<std::uint64_t> parse_position(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || stopped != text.data() + text.size())
    return std::nullopt;
  return error == std::errc{} ? value : std::numeric_limits<std::uint64_t>::max();
}

ByteRange last_bytes(std::uint64_t wanted, std::uint64_t size) noexcept {
  if (wanted == 0) return {.kind = ByteRange::Kind::unsatisfiable};
  if (size == 0) return {};  // all of nothing: a part of it cannot be told [RFC 9110 14.4]
  const std::uint64_t count = std::min(wanted, size);
  return {.kind = ByteRange::Kind::part, .first = size - count, .size = count};
}

}  // namespace

ByteRange requested_range(std::string_view field, std::uint64_t size) noexcept {
  // #region byte_range.requested_range
  const ByteRange whole{.size = size};
  constexpr std::string_view kUnit = "bytes=";
  if (!http::equal_ignoring_case(field.substr(0, kUnit.size()), kUnit)) return whole;
  const std::string_view range = field.substr(kUnit.size());
  const std::size_t dash = range.find('-');
  if (dash == range.npos) return whole;
  const auto last = parse_position(range.substr(dash + 1));
  if (dash == 0) return last ? last_bytes(*last, size) : whole;
  const auto first = parse_position(range.substr(0, dash));
  const bool is_open = dash + 1 == range.size();
  if (!first || (!last && !is_open) || (last && *last < *first)) return whole;
  if (*first >= size) return {.kind = ByteRange::Kind::unsatisfiable};
  const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return {.kind = ByteRange::Kind::part, .first = *first, .size = end - *first + 1};
  // #endregion byte_range.requested_range
}

}  // namespace http
