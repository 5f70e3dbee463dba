// For fault sweeps: the same scenario again and again, each time with another system call failing.
#pragma once

#include <cstddef>
#include <string_view>

#include "syscall/observer.hpp"

namespace event_loop::testing {

// Fails the n-th call, like sys::FailNth, but no close: one that is not made loses a descriptor,
// which is the test's doing alone.
class FailNthButClose : public sys::Observer {
 public:
  FailNthButClose(std::size_t n, int error_number) : n_(n), error_number_(error_number) {}
  int before(std::string_view name) noexcept override {
    if (name == "close" || ++seen != n_) return 0;
    failed = name;
    return error_number_;
  }
  void after(std::string_view, int) noexcept override {}
  std::size_t seen = 0;
  std::string_view failed;  // the name of the call that did; a name lives for ever

 private:
  std::size_t n_;
  int error_number_;
};

}  // namespace event_loop::testing
