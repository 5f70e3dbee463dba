// Where a random program takes its choices from: a generator with a seed, or the bytes of a fuzzer.
//
//   Choices choices(seed_or(7));
//   SCOPED_TRACE(choices.origin());                        // "WORKBOOK_SEED=7 runs it again"
//   for (int step = 0; step < 100'000; ++step) switch (choices.below(3)) ...
//
// The seed is the same in every run, so that a test passes or fails for good. WORKBOOK_SEED=n in the
// environment asks for another one.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <span>
#include <string>

inline std::uint32_t seed_or(std::uint32_t usual) {
  const char* const wanted = std::getenv("WORKBOOK_SEED");
  return wanted != nullptr ? static_cast<std::uint32_t>(std::strtoul(wanted, nullptr, 10)) : usual;
}

class Choices {
 public:
  explicit Choices(std::uint32_t seed) : seed_(seed), random_(seed), is_endless_(true) {}
  // As long as there are bytes, one for each choice.
  explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  // From 0 to `limit` - 1, which is 255 at most for bytes; 0 once they have ended.
  std::uint32_t below(std::uint32_t limit) {
    if (is_endless_) return static_cast<std::uint32_t>(random_() % limit);
    if (bytes_.empty()) return 0;
    const std::uint32_t byte = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return byte % limit;
  }
  [[nodiscard]] bool have_ended() const { return !is_endless_ && bytes_.empty(); }
  [[nodiscard]] std::string origin() const {
    return "WORKBOOK_SEED=" + std::to_string(seed_) + " runs it again";
  }

 private:
  std::uint32_t seed_ = 0;
  std::mt19937 random_;
  bool is_endless_ = false;
  std::span<const std::uint8_t> bytes_;
};
