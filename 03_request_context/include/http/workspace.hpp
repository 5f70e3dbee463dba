// What a session needs while a request is under way, and only then.
//
// A connection is idle for nearly all of its time, and a parser with room for 64 fields and two buffers
// would cost it 7 KiB meanwhile. So they are lent: a session takes a workspace when it is going to
// read, and gives it back as soon as nothing of a request or of an answer is left in it (spares.hpp). A
// thread whose requests come whole works in a single one of them.
#pragma once

#include <cstddef>

#include "http/buffer.hpp"
#include "http/output_queue.hpp"
#include "http/request_parser.hpp"

namespace http {

struct Workspace {
  // What is kept of each of the buffers when it is empty.
  static constexpr std::size_t kKept = 64 * 1024;

  RequestParser parser;
  Buffer input;        // the current request, and what came behind it
  OutputQueue output;  // not yet sent

  // Nothing is in it: no byte of a request that has begun, and none of an answer.
  [[nodiscard]] bool is_unused() const noexcept {
    return input.empty() && output.empty() && !parser.started();
  }
  // Bytes of both buffers, used or not.
  [[nodiscard]] std::size_t capacity() const noexcept {
    return input.capacity() + output.capacity();
  }
};

}  // namespace http
