// What a session needs while a request is in progress, and only then.
//
// A connection is idle for nearly all of its time, and a parser with room for 64 fields and two
// buffers would cost it 7 KiB meanwhile. So workspaces are lent: a session takes one when it is
// about to read, and returns it as soon as the workspace holds nothing of a request or of an answer
// (spares.hpp). A thread whose requests arrive whole works with a single one.
#pragma once

#include <cstddef>

#include "http/buffer.hpp"
#include "http/output_queue.hpp"
#include "http/request_parser.hpp"

namespace http {

struct Workspace {
  // The most storage that each buffer keeps when it is empty.
  static constexpr std::size_t kKept = 64 * 1024;

  RequestParser parser;
  Buffer input;        // the current request, and what came after it
  OutputQueue output;  // not yet sent

  // It holds nothing: no byte of a request that has begun, and none of an answer.
  [[nodiscard]] bool is_unused() const noexcept {
    return input.empty() && output.empty() && !parser.started();
  }
  // Bytes of both buffers, used or not.
  [[nodiscard]] std::size_t capacity() const noexcept {
    return input.capacity() + output.capacity();
  }
};

}  // namespace http
