// How many descriptors this process holds, for tests that look for leaks.
#pragma once

#include <cstddef>

#include "syscall/result.hpp"

namespace sys {

// The number of entries in /proc/self/fd [proc(5)], the one that was opened for looking not counted.
// It is the whole process that is counted: ask when other threads are quiet.
[[nodiscard]] Result<std::size_t> count_open_descriptors();

// Remembers the count, and tells how far it has moved since:
//   sys::DescriptorWatch watch;
//   serve_and_stop();
//   EXPECT_EQ(watch.change(), 0);
class DescriptorWatch {
 public:
  DescriptorWatch() : before_(now()) {}
  // Descriptors opened since (or closed, if negative).
  [[nodiscard]] std::ptrdiff_t change() const { return now() - before_; }

 private:
  static std::ptrdiff_t now();
  std::ptrdiff_t before_;
};

}  // namespace sys
