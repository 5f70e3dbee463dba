// Takes this process's descriptors away, for tests of what happens then.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <vector>

namespace event_loop::testing {

// Lets exactly `room` more descriptors be opened, counted from when it is made, in what it runs
// [getrlimit(2), RLIMIT_NOFILE]. The limit is on numbers, and the lowest free one is always taken:
// so the number of the last one that may be had is found out, and made the highest allowed.
//
// Keep expectations out of what it runs: to print a failure, a sanitizer wants descriptors, too.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(int room) {
    std::vector<int> taken;
    for (int i = 0; i <= room; ++i) taken.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    first_refused_ = taken.back();
    for (const int fd : taken) ::close(fd);
    if (first_refused_ < 0) throw std::runtime_error("no descriptors to begin with");
  }

  void during(const std::function<void()>& run) const {
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit limit = before;
    limit.rlim_cur = static_cast<rlim_t>(first_refused_);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    run();
    ::setrlimit(RLIMIT_NOFILE, &before);
  }

 private:
  int first_refused_;
};

}  // namespace event_loop::testing
