// Feeds a parser in pieces, and writes down everything that it says.
#pragma once

#include <cstddef>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/body_place.hpp"
#include "http/limits.hpp"
#include "http/parse_error.hpp"
#include "http/request.hpp"

namespace http::testing {

using FieldList = std::vector<std::pair<std::string, std::string>>;

// What a parser has said about some bytes. Owns its text.
struct Seen {
  std::optional<ParseError> error;
  bool complete = false;
  std::size_t heads = 0;     // how often head_complete was told: 0 or 1
  std::size_t consumed = 0;  // bytes of the message, those of compacted gaps counted
  std::string method, target, path, query, authority, body;
  int status = 0;      // of a response; its method is that of the request
  std::string reason;  // of a response
  TargetForm form = TargetForm::origin;
  Version version;
  FieldList fields, trailers;
  std::size_t body_size = 0;
  bool keep_alive = false;
  bool wants_continue = false;
  std::optional<std::size_t> declared;

  friend bool operator==(const Seen&, const Seen&) = default;
};
std::ostream& operator<<(std::ostream& out, const Seen& seen);  // for gtest

struct Feeding {
  Limits limits = {};
  BodyMode mode = BodyMode::keep;
  bool compacts = false;
  bool then_closed = true;  // responses: the server closes behind the bytes
};

// Feeds the bytes up to each of these ends, in order, and then all. Each time the bytes stand in
// another block of memory that ends exactly where they do, so that a look behind the end, or through
// a view of an earlier feed, is found by the address sanitizer. Throws if a byte was looked at twice.
Seen feed_request(std::string_view bytes, const std::vector<std::size_t>& ends,
                  const Feeding& feeding = {});
Seen feed_response(std::string_view request_method, std::string_view bytes,
                   const std::vector<std::size_t>& ends, const Feeding& feeding = {});

inline Seen feed_whole(std::string_view bytes, const Feeding& feeding = {}) {
  return feed_request(bytes, {}, feeding);
}

inline const std::string kPost = "POST / HTTP/1.1\r\nHost: a\r\n";  // more fields may follow
inline const std::string kChunked = kPost + "Transfer-Encoding: chunked\r\n\r\n";

// Ends for pieces of `size` bytes.
std::vector<std::size_t> pieces_of(std::size_t size, std::string_view bytes);

FieldList copy_fields(const Fields& fields);

// Bytes that stand in another block of memory after each append, with no room behind them.
class ExactBuffer {
 public:
  void append(std::string_view piece);
  void drop_back(std::size_t count) { bytes_.resize(bytes_.size() - count); }
  [[nodiscard]] std::span<std::byte> bytes() noexcept { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace http::testing
