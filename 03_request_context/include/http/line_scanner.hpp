// Where does a line end? The scanner finds that in bytes that may not all have been received.
#pragma once

#include <cstddef>
#include <string_view>

#include "http/parse_error.hpp"

namespace http {

// What a line may contain, and what ends it.
struct LineRules {
  bool visible_ascii_only;  // a request line: 0x20 to 0x7e. Otherwise also tabs and bytes > 127
  bool lf_alone_ends;       // a line of a head [RFC 9112 2.2]; never one of a chunk [RFC 9112 7.1]
};
inline constexpr LineRules kRequestLine{.visible_ascii_only = true, .lf_alone_ends = true};
inline constexpr LineRules kHeadLine{.visible_ascii_only = false, .lf_alone_ends = true};
inline constexpr LineRules kChunkLine{.visible_ascii_only = false, .lf_alone_ends = false};

struct LineEnd {
  enum class Kind {
    unfinished,  // no end yet
    found,
    bad_byte,  // a control character, or one that these rules do not allow
    bare_cr,   // a CR that no LF follows
    bare_lf,   // an LF without a CR before it, where that does not end a line
    too_long,
  };
  Kind kind;
  // unfinished: where to continue next time. found: the length of the line, without its end.
  // Otherwise: the position of the first byte that is wrong.
  std::size_t at;
  std::size_t next = 0;  // found: where the next line begins

  friend bool operator==(const LineEnd&, const LineEnd&) = default;
};

// Finds the end of the line that begins with the first byte of `bytes`, which are all that have
// been received so far. The first `from` of them have been scanned before: `from` is the `at` of
// the previous call, which ended with `unfinished`. A line longer than `longest`, without its end,
// is too long. The result is the first end or fault in the order of the bytes.
[[nodiscard]] LineEnd find_line_end(std::string_view bytes, std::size_t from, std::size_t longest,
                                    LineRules rules);

// Remembers how far the current line has been scanned.
class LineScanner {
 public:
  // `bytes` begins with the current line. After `found` the next line is the current one.
  [[nodiscard]] LineEnd scan(std::string_view bytes, std::size_t longest, LineRules rules) {
    const LineEnd end = find_line_end(bytes, looked_, longest, rules);
    const bool found = end.kind == LineEnd::Kind::found;
    examined_ += (found ? end.next : end.at) - looked_;
    looked_ = end.kind == LineEnd::Kind::unfinished ? end.at : 0;
    return end;
  }

  void reset() noexcept { looked_ = 0; }
  [[nodiscard]] std::size_t looked() const noexcept { return looked_; }      // of the current line
  [[nodiscard]] std::size_t examined() const noexcept { return examined_; }  // in all

 private:
  std::size_t looked_ = 0;
  std::size_t examined_ = 0;
};

// The refusal of a line that was neither found nor too long (only the caller knows how long is too
// long, and what that means). The offset counts from the line's first byte.
[[nodiscard]] ParseError line_fault(LineEnd end, LineRules rules) noexcept;

}  // namespace http
