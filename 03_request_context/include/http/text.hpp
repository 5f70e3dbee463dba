// The character classes of HTTP: which byte may occur where [RFC 9110 5.6, RFC 3986 2].
//
// None of these functions depends on the locale, as the functions of <cctype> do. All of them are
// defined for bytes above 127, for which those of <cctype> are undefined where char is signed.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace http {

[[nodiscard]] constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_alpha(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr bool is_hex_digit(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
[[nodiscard]] constexpr bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}  // OWS

namespace detail {
// Letters, digits, and `others`.
consteval std::array<bool, 256> letters_digits_and(std::string_view others) {
  std::array<bool, 256> table{};
  for (int c = 0; c < 128; ++c)
    table[c] = is_digit(static_cast<char>(c)) || is_alpha(static_cast<char>(c));
  for (const char c : others) table[static_cast<unsigned char>(c)] = true;
  return table;
}
inline constexpr auto kTokenChars = letters_digits_and("!#$%&'*+-.^_`|~");
inline constexpr auto kUriChars = letters_digits_and("-._~!$&'()*+,;=");
}  // namespace detail

// The characters of a method, a field name or a coding [RFC 9110 5.6.2].
[[nodiscard]] constexpr bool is_token_char(char c) noexcept {
  return detail::kTokenChars[static_cast<unsigned char>(c)];
}
// unreserved or sub-delims: characters that need no escape in any part of a URI [RFC 3986 2.2,
// 2.3].
[[nodiscard]] constexpr bool is_unreserved_or_sub_delim(char c) noexcept {
  return detail::kUriChars[static_cast<unsigned char>(c)];
}
// Visible ASCII and spaces: all that a request line may contain [RFC 9112 3].
[[nodiscard]] constexpr bool is_visible(char c) noexcept {
  return c >= 0x20 && c <= 0x7e;
}
// What a field value may contain: tabs and bytes above 127 as well [RFC 9110 5.5].
[[nodiscard]] constexpr bool is_value_char(char c) noexcept {
  return is_visible(c) || c == '\t' || static_cast<unsigned char>(c) >= 0x80;
}
// How many bytes at the front of `text` are visible ASCII or spaces. Nearly every byte that is
// received goes through here, so eight bytes are checked at a time.
[[nodiscard]] std::size_t visible_size(std::string_view text) noexcept;
// How many bytes at the front of `text` may be part of a field value.
[[nodiscard]] std::size_t value_size(std::string_view text) noexcept;

// How many bytes at the front of `text` may be part of a token.
[[nodiscard]] constexpr std::size_t token_size(std::string_view text) noexcept {
  std::size_t size = 0;
  while (size < text.size() && is_token_char(text[size])) ++size;
  return size;
}
[[nodiscard]] constexpr bool is_token(std::string_view text) noexcept {
  return !text.empty() && token_size(text) == text.size();
}

[[nodiscard]] constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
[[nodiscard]] constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  return true;
}

// `text` without the spaces and tabs around it [RFC 9110 5.6.3].
[[nodiscard]] constexpr std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Removes the first element, and the comma after it, from a comma-separated list, and returns the
// element trimmed; it may be empty. A comma inside a quoted string belongs to the element
// [RFC 9110 5.6.4].
[[nodiscard]] constexpr std::string_view take_list_element(std::string_view& list) noexcept {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < list.size(); ++end) {
    if (list[end] == '"') quoted = !quoted;
    if (list[end] == '\\' && quoted && end + 1 < list.size()) ++end;
    if (list[end] == ',' && !quoted) break;
  }
  const std::string_view element = trim(list.substr(0, end));
  list.remove_prefix(std::min(end + 1, list.size()));
  return element;
}

// `text` in a form that is safe in a log line or on a terminal: visible ASCII and spaces unchanged,
// a backslash doubled, every other byte as \xNN. A line end from a client would begin a line that
// looks like ours, and the terminal would obey an escape sequence. Throws std::bad_alloc.
[[nodiscard]] std::string printable(std::string_view text);

// Copies `text` to `at`, where there has to be room for it, and returns where the copy ends. memcpy
// copies a literal with an instruction or two; g++ 12 compiles std::copy to a loop over bytes.
inline char* put(char* at, std::string_view text) noexcept {
  if (!text.empty())
    std::memcpy(at, text.data(), text.size());  // memcpy must not get a null pointer
  return at + text.size();
}

// Input and output are std::byte; where they are text, they are read as char.
[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline std::span<const std::byte> as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span(text));
}

}  // namespace http
