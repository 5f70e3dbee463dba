// The bytes that wait to be sent: heads and small bodies, copied one after the other, and large
// bodies, which stay where they are.
//
//   text   | head 1, small body 1, head 2 | head 3 |
//   bodies                                ^ body 2 ^ body 3
//
// All of it is sent with one sendmsg(2), in this order. So a large answer costs no copy of its
// body, and many small answers cost one write.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "http/buffer.hpp"

namespace http {

// The front of the queue, in the form that sendmsg(2) takes.
struct OutputPieces {
  std::array<iovec, 16> pieces;
  std::size_t count = 0;  // how many are used
  std::size_t bytes = 0;  // in all of these

  [[nodiscard]] std::span<const iovec> list() const noexcept {
    return std::span(pieces).first(count);
  }
};

class OutputQueue {
 public:
  // A body up to this size is copied, because that is cheaper than a piece of its own.
  static constexpr std::size_t kCopied = 16 * 1024;

  [[nodiscard]] std::size_t size() const noexcept { return text_.size() + in_bodies_; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  // Bytes that it holds, sent or not.
  [[nodiscard]] std::size_t capacity() const noexcept;

  // The buffer to append text to. Nothing else may be done with it.
  [[nodiscard]] Buffer& text() noexcept { return text_; }
  void append(std::span<const std::byte> bytes) { text_.append(bytes); }
  // The same, without a copy if the body is large. Throws std::bad_alloc, and has then appended
  // nothing.
  void append(std::vector<std::byte>&& body);

  // The first piece; empty only if nothing waits.
  [[nodiscard]] std::span<const std::byte> front() const noexcept;
  [[nodiscard]] OutputPieces pieces() const noexcept;

  // The first `count` bytes have been sent; count <= size(). A body that has been sent is freed.
  void consume(std::size_t count) noexcept;
  // See Buffer::shrink.
  void shrink(std::size_t keep) { text_.shrink(keep); }

 private:
  struct Body {
    std::size_t text_before;  // bytes of text between the previous body, or the front, and this one
    std::vector<std::byte> bytes;
    std::size_t sent = 0;

    [[nodiscard]] std::span<const std::byte> rest() const noexcept {
      return std::span(bytes).subspan(sent);
    }
  };

  Buffer text_;
  std::vector<Body> bodies_;
  std::size_t in_bodies_ = 0;    // bytes that the bodies still have to send
  std::size_t text_before_ = 0;  // the sum over all bodies
};

}  // namespace http
