// Takes this process's descriptors away, for tests of what happens then.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace event_loop::testing {

// Lets exactly `room` more descriptors be opened, counted from when it is made, in what it runs
// [getrlimit(2), RLIMIT_NOFILE]. The limit is on numbers, and the lowest free one is always taken:
// so the number of the last one that may be had is found out, and made the highest allowed.
//
// A sanitizer wants descriptors of its own when it meets a class for the first time, and takes their
// absence for a fault of ours. So keep expectations out of what it runs, and let the classes that
// it will use be used before.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(int room) {
    std::vector<int> taken;
    for (int i = 0; i <= room; ++i) taken.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    first_refused_ = taken.back();
    for (const int fd : taken) ::close(fd);
    const auto error = std::make_error_code(std::errc::too_many_files_open);
    if (first_refused_ < 0 || error == std::errc::bad_address || error.message().empty())
      throw std::runtime_error("no descriptors to begin with");
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
