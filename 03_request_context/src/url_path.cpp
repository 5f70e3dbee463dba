#include "http/url_path.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace http {
namespace {

// Undoes %XX.
std::optional<std::string> decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned code = 0;
    if (i + 2 >= text.size()) return std::nullopt;
    const char* const digits = text.data() + i + 1;
    const auto [stopped, error] = std::from_chars(digits, digits + 2, code, 16);
    if (error != std::errc{} || stopped != digits + 2 || code == 0) return std::nullopt;
    decoded += static_cast<char>(code);
    i += 2;
  }
  return decoded;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string UrlPath::text() const {
  std::string all;
  for (const std::string& segment : segments) all.append("/").append(segment);
  if (all.empty() || is_folder) all += '/';
  return all;
}

std::string UrlPath::encoded() const {
  // #region url_path.encoded
  std::string all;
  for (const std::string& segment : segments) all.append("/").append(encode_segment(segment));
  if (all.empty() || is_folder) all += '/';
  return all;
  // #endregion url_path.encoded
}

std::optional<UrlPath> parse_url_path(std::string_view path) {
  UrlPath parsed;
  parsed.is_folder = path.empty() || path.ends_with('/');  // an empty path is the root
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    auto segment = decode(path.substr(0, end));
    if (!segment) return std::nullopt;
    const bool is_last = end == path.size();
    path.remove_prefix(is_last ? end : end + 1);
    if (segment->empty()) continue;
    if (*segment == "..") {
      if (!parsed.segments.empty()) parsed.segments.pop_back();
    } else if (*segment != ".") {
      parsed.segments.push_back(std::move(*segment));
      continue;
    }
    if (is_last) parsed.is_folder = true;  // "a/.." and "a/." are folders
  }
  return parsed;
}

std::string encode_segment(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
      continue;
    }
    const auto code = static_cast<unsigned char>(c);
    encoded.append({'%', kDigits[code / 16], kDigits[code % 16]});
  }
  return encoded;
}

}  // namespace http
