#include "http/text.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

namespace http {
namespace {

// The top bit of the first byte, counted from the lowest, that is not 0x20 to 0x7e; 0 if all are. That
// bit is set above 0x7f by itself, below 0x20 when 0x20 is taken away, and at 0x7f when 1 is added; and
// as long as no byte is a wrong one, nothing is borrowed from the next or carried into it.
std::uint64_t first_not_visible(std::uint64_t eight) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  return (eight | (eight - 0x20 * ones) | (eight + ones)) & (0x80 * ones);
}

}  // namespace

std::size_t visible_size(std::string_view text) noexcept {
  std::size_t size = 0;
  for (std::uint64_t eight; text.size() - size >= sizeof eight; size += sizeof eight) {
    std::memcpy(&eight, text.data() + size, sizeof eight);
    const std::uint64_t wrong = first_not_visible(eight);
    if (wrong == 0) continue;
    // Which byte it is, where the lowest one is the first.
    if constexpr (std::endian::native == std::endian::little)
      return size + static_cast<std::size_t>(std::countr_zero(wrong)) / 8;
    break;
  }
  while (size < text.size() && is_visible(text[size])) ++size;
  return size;
}

std::size_t value_size(std::string_view text) noexcept {
  std::size_t size = visible_size(text);
  while (size < text.size() && is_value_char(text[size]))
    size += 1 + visible_size(text.substr(size + 1));
  return size;
}

std::string printable(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      result += "\\\\";
    } else if (byte >= ' ' && byte <= '~') {
      result += c;
    } else {
      result += "\\x";
      result += kDigits[byte >> 4];
      result += kDigits[byte & 15];
    }
  }
  return result;
}

}  // namespace http
