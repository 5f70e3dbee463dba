// An observer that makes every call of one function fail, for as long as it watches.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "syscall/observer.hpp"

namespace sys::testing {

class FailWhile : public sys::Observer {
 public:
  FailWhile(std::string_view name, int error_number) : name_(name), error_number_(error_number) {}
  int before(std::string_view name) noexcept override {
    if (name != name_) return 0;
    ++calls_;
    return error_number_;
  }
  void after(std::string_view, int) noexcept override {}
  [[nodiscard]] std::size_t calls() const { return calls_; }

 private:
  std::string name_;
  int error_number_;
  std::size_t calls_ = 0;
};

}  // namespace sys::testing
