// What a test and a program share, so that the one can take memory away from the other: a Shortage lies
// in a file that both have mapped. The program finds its name in WORKBOOK_SHORTAGE; see operator_new.cpp.
#pragma once

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <string_view>

namespace shortage {

inline constexpr const char* kVariable = "WORKBOOK_SHORTAGE";

// Requests for memory that the program's threads make are counted from the moment at which the call
// `begins_after` has succeeded for the first time, or from the beginning if it names none. Those from
// the `first_to_fail`-th to the `last_to_fail`-th fail; 0: none.
struct Shortage {
  std::array<char, 16> begins_after;
  std::atomic<bool> has_begun;
  std::atomic<long> asked;
  std::atomic<long> first_to_fail;
  std::atomic<long> last_to_fail;
  std::atomic<long> failed;

  void succeeded(std::string_view call) noexcept {
    if (call == begins_after.data()) has_begun = true;
  }
  [[nodiscard]] bool takes_this_one() noexcept {
    const long last = last_to_fail;
    if (last == 0 || !has_begun) return false;
    const long number = ++asked;
    const bool fails = number >= first_to_fail && number <= last;
    failed += fails;
    return fails;
  }
};

// The one that `fd` holds; null if it cannot be had. It stays for as long as the process.
[[nodiscard]] inline Shortage* map(int fd) noexcept {
  void* const memory = ::mmap(nullptr, sizeof(Shortage), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<Shortage*>(memory);
}

}  // namespace shortage
