// What a session needs while a request is under way, and only then.
//
// A connection is idle for nearly all of its time, and a parser with room for 64 fields and two buffers
// would cost it 7 KiB meanwhile. So they are lent: a session takes a workspace when it is going to
// read, and gives it back as soon as nothing of a request or of an answer is left in it. The one that
// came back last goes out first: a thread whose requests come whole works in a single one of them, which
// has its memory already and is in the cache.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "http/buffer.hpp"
#include "http/output_queue.hpp"
#include "http/request_parser.hpp"

namespace http {

struct Workspace {
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

class WorkspacePool {
 public:
  // What a workspace keeps of each of its buffers when that is empty.
  static constexpr std::size_t kKept = 64 * 1024;

  // Throws std::bad_alloc.
  [[nodiscard]] std::unique_ptr<Workspace> take();
  // Precondition: it is unused.
  void give_back(std::unique_ptr<Workspace> workspace) noexcept;

  // One for each thread: it needs no lock.
  [[nodiscard]] static WorkspacePool& of_this_thread();

 private:
  static constexpr std::size_t kMost = 16;  // further ones are freed

  std::array<std::unique_ptr<Workspace>, kMost> spare_;
  std::size_t count_ = 0;  // of them
};

}  // namespace http
