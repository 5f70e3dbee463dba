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

// The same by its number: each answer asks for one.
constexpr auto kPhraseOf = [] {
  std::array<std::string_view, 600> table{};
  for (const Phrase& phrase : kPhrases)
    table[static_cast<std::size_t>(phrase.status)] = phrase.text;
  return table;
}();

constexpr std::array<std::string_view, 4> kOurs = {"Content-Length", "Transfer-Encoding",
                                                   "Connection", "Date"};

// Writes a head into room that is there: literals are copied by a few instructions each, and no append
// asks for room.
class Writer {
 public:
  explicit Writer(std::span<std::byte> room)
      : begin_(reinterpret_cast<char*>(room.data())), end_(begin_ + room.size()) {}

  Writer& operator<<(std::string_view text) {
    at_ = put(at_, text);
    return *this;
  }
  Writer& operator<<(std::uint64_t number) {
    at_ = std::to_chars(at_, end_, number).ptr;
    return *this;
  }
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  char* begin_;
  char* end_;
  char* at_ = begin_;
};

// More than append_head writes besides the date and the fields of the answer.
constexpr std::size_t kMostOfHead = 256;

}  // namespace

std::string_view reason_phrase(int status) noexcept {
  const auto index = static_cast<std::size_t>(status);
  return index < kPhraseOf.size() ? kPhraseOf[index] : std::string_view();
}

Response::Response(int status) : status_(status) {
  if (status < 100 || status > 599)
    throw std::invalid_argument("no such status: " + std::to_string(status));
}

Response Response::text(int status, std::string_view body, std::string_view type) {
  return bytes(status, as_bytes(body), type);
}

Response Response::constant(int status, std::string_view body, std::string_view type) {
  Response response(status);
  response.append_field("Content-Type", type);
  response.constant_ = as_bytes(body);
  return response;
}

std::vector<std::byte> Response::take_body() {
  if (body_.empty()) return {constant_.begin(), constant_.end()};
  return std::exchange(body_, {});
}

Response Response::bytes(int status, std::span<const std::byte> body, std::string_view type) {
  return bytes(status, std::vector<std::byte>(body.begin(), body.end()), type);
}

Response Response::bytes(int status, std::vector<std::byte>&& body, std::string_view type) {
  Response response(status);
  response.append_field("Content-Type", type);
  response.body_ = std::move(body);
  return response;
}

Response& Response::add(std::string_view name, std::string_view value) & {
  if (!is_token(name))
    throw std::invalid_argument("a field's name must be a token: " + std::string(name));
  if (std::ranges::any_of(kOurs, [&](auto our) { return equal_ignoring_case(name, our); }))
    throw std::invalid_argument(std::string(name) + " is written by the connection");
  append_field(name, value);
  return *this;
}

void Response::append_field(std::string_view name, std::string_view value) {
  if (value_size(value) != value.size())
    throw std::invalid_argument("a control character in the value of " + std::string(name));
  const auto write = [&](char* at) { put(put(put(put(at, name), ": "), value), "\r\n"); };
  const std::size_t before = fields().size();
  const std::size_t after = before + name.size() + value.size() + 4;
  if (long_fields_.empty() && after <= short_fields_.size()) {
    write(short_fields_.data() + before);
    short_size_ = after;
    return;
  }
  if (long_fields_.empty()) long_fields_ = fields();
  long_fields_.resize_and_overwrite(after, [&](char* fields, std::size_t) {
    write(fields + before);
    return after;
  });
}

void append_head(Buffer& out, const Response& response, const Delivery& delivery) {
  // #region 3.8 append_head
  Writer head(out.room(kMostOfHead + delivery.date.size() + response.fields().size()));
  head << "HTTP/1.1 " << static_cast<std::uint64_t>(response.status()) << " "
       << reason_phrase(response.status()) << "\r\n";
  if (!delivery.date.empty()) head << "Date: " << delivery.date << "\r\n";
  head << response.fields();
  // Where no body can follow, some clients would ignore a length, and others would wait for a body.
  if (response.may_have_body()) {
    if (delivery.length) {
      head << "Content-Length: " << *delivery.length << "\r\n";
    } else if (delivery.chunked) {
      head << "Transfer-Encoding: chunked\r\n";
    }
  }
  if (delivery.close) {
    head << "Connection: close\r\n";
  } else if (delivery.told_to_keep) {
    head << "Connection: keep-alive\r\n";
  }
  head << "\r\n";
  out.filled(head.size());
  // #endregion 3.8
}

void append_chunk(Buffer& out, std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  std::array<char, 16> digits;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16).ptr;
  out.append(std::string_view(digits.data(), end));
  out.append("\r\n");
  out.append(bytes);
  out.append("\r\n");
}

void append_last_chunk(Buffer& out) {
  out.append("0\r\n\r\n");
}

}  // namespace http
