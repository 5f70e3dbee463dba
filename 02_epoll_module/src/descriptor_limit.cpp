#include "epoll/descriptor_limit.hpp"

#include "syscall/call.hpp"

namespace epoll {

sys::Result<DescriptorLimit> raise_descriptor_limit() {
  rlimit limit{};
  if (auto got = sys::call<::getrlimit>(RLIMIT_NOFILE, &limit); !got)
    return sys::failure(got.error());
  const DescriptorLimit change{limit.rlim_cur, limit.rlim_max};
  if (change.before == change.now) return change;
  limit.rlim_cur = limit.rlim_max;
  const rlimit* const wanted = &limit;
  if (auto set = sys::call<::setrlimit>(RLIMIT_NOFILE, wanted); !set)
    return sys::failure(set.error());
  return change;
}

}  // namespace epoll
