// How many descriptors this process holds, for tests that look for leaks.
#pragma once

#include <cstddef>

#include "syscall/result.hpp"

namespace sys {

// The number of entries in /proc/self/fd [proc(5)], without the descriptor that was opened to count
// them. The count covers the whole process: call this while other threads open and close nothing.
[[nodiscard]] Result<std::size_t> count_open_descriptors();

// Remembers the count, and reports by how much it has changed since:
//   sys::DescriptorWatch watch;
//   serve_and_stop();
//   EXPECT_EQ(watch.change(), 0);
class DescriptorWatch {
 public:
  DescriptorWatch() : before_(now()) {}
  // The number of descriptors opened since (or closed, if negative).
  [[nodiscard]] std::ptrdiff_t change() const { return now() - before_; }

 private:
  static std::ptrdiff_t now();
  std::ptrdiff_t before_;
};

}  // namespace sys
