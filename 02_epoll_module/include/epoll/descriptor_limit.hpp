// How many descriptors this process may have open [getrlimit(2), RLIMIT_NOFILE].
//
// The soft limit is mostly 1024, for the sake of programs that call select(2), which cannot count
// further. A process may raise it up to the hard limit by itself, and a server should:
// each client costs a descriptor.
#pragma once

#include <sys/resource.h>

#include "syscall/result.hpp"

namespace epoll {

struct DescriptorLimit {
  rlim_t before;
  rlim_t now;
};

// Raises the soft limit to the hard one. Programs started from here on inherit it.
[[nodiscard]] sys::Result<DescriptorLimit> raise_descriptor_limit();

}  // namespace epoll
