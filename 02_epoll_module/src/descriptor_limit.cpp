#include "epoll/descriptor_limit.hpp"

#include "syscall/call.hpp"

namespace epoll {

sys::Result<DescriptorLimit> raise_descriptor_limit() {
  rlimit limit{};
  SYS_TRY(sys::call<::getrlimit>(RLIMIT_NOFILE, &limit));
  const DescriptorLimit change{limit.rlim_cur, limit.rlim_max};
  if (change.before == change.now) return change;
  limit.rlim_cur = limit.rlim_max;
  const rlimit* const wanted = &limit;
  SYS_TRY(sys::call<::setrlimit>(RLIMIT_NOFILE, wanted));
  return change;
}

}  // namespace epoll
