#include "http/response.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include "http/text.hpp"
#include "syscall/todo.hpp"

namespace http {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};
// [RFC 9110 15; RFC 6585 for 428, 429 and 431]
constexpr std::array kPhrases = std::to_array<Phrase>({
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
});

constexpr std::array<std::string_view, 4> kOurs = {"Content-Length", "Transfer-Encoding",
                                                   "Connection", "Date"};

// What a field value may hold: visible characters, blanks, and bytes above 127 [RFC 9110 5.5].
bool is_value_char(char c) {
  return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
}

void append_number(Buffer& out, std::uint64_t value, int base = 10) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
  out.append(std::string_view(digits.data(), end));
}

}  // namespace

std::string_view reason_phrase(int status) noexcept {
  const auto found = std::ranges::lower_bound(kPhrases, status, {}, &Phrase::status);
  return found != kPhrases.end() && found->status == status ? found->text : std::string_view();
}

Response::Response(int status) : status_(status) {
  if (status < 100 || status > 599)
    throw std::invalid_argument("no such status: " + std::to_string(status));
}

Response Response::text(int status, std::string_view body, std::string_view type) {
  return bytes(status, as_bytes(body), type);
}

Response Response::bytes(int status, std::span<const std::byte> body, std::string_view type) {
  return bytes(status, std::vector<std::byte>(body.begin(), body.end()), type);
}

Response Response::bytes(int status, std::vector<std::byte>&& body, std::string_view type) {
  Response response(status);
  response.add("Content-Type", type);
  response.body_ = std::move(body);
  return response;
}

Response& Response::add(std::string_view name, std::string_view value) & {
  if (!is_token(name))
    throw std::invalid_argument("a field's name must be a token: " + std::string(name));
  if (std::ranges::any_of(kOurs, [&](auto our) { return equal_ignoring_case(name, our); }))
    throw std::invalid_argument(std::string(name) + " is written by the connection");
  if (!std::ranges::all_of(value, is_value_char))
    throw std::invalid_argument("a control character in the value of " + std::string(name));
  fields_.reserve(fields_.size() + name.size() + value.size() + 4);
  fields_.append(name).append(": ").append(value).append("\r\n");
  return *this;
}

void append_head(Buffer& out, const Response& response, const Delivery& delivery) {
  // #region 3.8 append_head
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::uint64_t>(response.status()));
  out.append(" ");
  out.append(reason_phrase(response.status()));
  out.append("\r\n");
  if (!delivery.date.empty()) {
    out.append("Date: ");
    out.append(delivery.date);
    out.append("\r\n");
  }
  out.append(response.fields());
  // Where no body can follow, a length would be ignored by some readers and believed by others.
  if (response.may_have_body()) {
    if (delivery.length) {
      out.append("Content-Length: ");
      append_number(out, *delivery.length);
      out.append("\r\n");
    } else if (delivery.chunked) {
      out.append("Transfer-Encoding: chunked\r\n");
    }
  }
  if (delivery.close) {
    out.append("Connection: close\r\n");
  } else if (delivery.told_to_keep) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
  // #endregion 3.8
}

void append_chunk(Buffer& out, std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  append_number(out, bytes.size(), 16);
  out.append("\r\n");
  out.append(bytes);
  out.append("\r\n");
}

void append_last_chunk(Buffer& out) {
  out.append("0\r\n\r\n");
}

}  // namespace http
