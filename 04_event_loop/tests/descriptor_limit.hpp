// Takes a server's descriptors away, for tests of what happens then.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

#include "syscall/observer.hpp"

namespace event_loop::testing {

// While it watches, the calls that it sees can open exactly `room` more descriptors, counted from
// when it was made: it lowers the limit of the process before each call and puts it back after it
// [getrlimit(2), RLIMIT_NOFILE]. So the kernel itself says EMFILE, and only to the server: a
// sanitizer that looks at an object opens descriptors, too, and takes their absence for a fault.
//
// The limit is on numbers, and the lowest free one is always taken: so the number that must not be
// had any more is found out.
class DescriptorLimit : public sys::CallCounter {
 public:
  explicit DescriptorLimit(int room) {
    std::vector<int> taken;
    for (int i = 0; i <= room; ++i) taken.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const int first_refused = taken.back();
    for (const int fd : taken) ::close(fd);
    if (first_refused < 0 || ::getrlimit(RLIMIT_NOFILE, &usual_) != 0)
      throw std::runtime_error("no descriptors to begin with");
    scarce_ = usual_;
    scarce_.rlim_cur = static_cast<rlim_t>(first_refused);
  }

  int before(std::string_view) noexcept override {
    ::setrlimit(RLIMIT_NOFILE, &scarce_);
    return 0;
  }
  void after(std::string_view name, int error) noexcept override {
    ::setrlimit(RLIMIT_NOFILE, &usual_);
    CallCounter::after(name, error);
  }

 private:
  rlimit usual_{};
  rlimit scarce_{};
};

}  // namespace event_loop::testing
