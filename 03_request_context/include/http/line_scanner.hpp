// Where does the line end? The one question that is asked of bytes that may not all be there.
#pragma once

#include <cstddef>
#include <string_view>

#include "http/parse_error.hpp"

namespace http {

// What a line may hold, and what ends it.
struct LineRules {
  bool visible_ascii_only;  // a request line: 0x20 to 0x7e. Else tabs and bytes > 127 as well
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
    bare_lf,   // an LF that no CR precedes, where that ends no line
    too_long,
  };
  Kind kind;
  // unfinished: where to look on next time. found: how long the line is, its end not counted.
  // Else: the position of the first byte that is wrong.
  std::size_t at;
  std::size_t next = 0;  // found: where the next line begins

  friend bool operator==(const LineEnd&, const LineEnd&) = default;
};

// Looks for the end of the line that begins with the first byte of `bytes`, which are all that have
// come so far. The first `from` of them have been looked at before: that is what a call that ended
// with `unfinished` said. A line longer than `longest`, its end not counted, is too long. The answer
// is the first thing that is there, be it an end or a fault, in the order of the bytes.
[[nodiscard]] LineEnd find_line_end(std::string_view bytes, std::size_t from, std::size_t longest,
                                    LineRules rules);

// Remembers how far the present line has been looked at.
class LineScanner {
 public:
  // `bytes` begins with the present line. After `found` the next line is the present one.
  [[nodiscard]] LineEnd scan(std::string_view bytes, std::size_t longest, LineRules rules) {
    const LineEnd end = find_line_end(bytes, looked_, longest, rules);
    const bool found = end.kind == LineEnd::Kind::found;
    examined_ += (found ? end.next : end.at) - looked_;
    looked_ = end.kind == LineEnd::Kind::unfinished ? end.at : 0;
    return end;
  }

  void reset() noexcept { looked_ = 0; }
  [[nodiscard]] std::size_t looked() const noexcept { return looked_; }      // at the present line
  [[nodiscard]] std::size_t examined() const noexcept { return examined_; }  // in all

 private:
  std::size_t looked_ = 0;
  std::size_t examined_ = 0;
};

// The refusal of a line that was neither found nor too long (how long is too long, and what that
// means, only the caller knows). The offset counts from the line's first byte.
[[nodiscard]] ParseError line_fault(LineEnd end, LineRules rules) noexcept;

}  // namespace http
