// How many descriptors this process may have open [getrlimit(2), RLIMIT_NOFILE].
//
// The soft limit is usually 1024, for the sake of programs that call select(2), which cannot handle
// higher descriptors. A process may raise its own soft limit up to the hard limit, and a server
// should do so, because each client costs a descriptor.
#pragma once

#include <sys/resource.h>

#include "syscall/result.hpp"

namespace epoll {

struct DescriptorLimit {
  rlim_t before;
  rlim_t now;
};

// Raises the soft limit to the hard one. Programs that are started from here on inherit it.
[[nodiscard]] sys::Result<DescriptorLimit> raise_descriptor_limit();

}  // namespace epoll
