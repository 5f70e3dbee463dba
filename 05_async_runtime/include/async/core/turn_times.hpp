// How long the turns of a scheduler take, from the return of its wait to the next one: the time
// for which whatever becomes ready has to wait.
//
//   async::TurnTimes times;
//   runtime->measure_turns(&times);
//
// Bucket k counts the turns that took at most 2^k microseconds and more than half of that; the last
// one, all that took longer than a second.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "event_loop/timer_queue.hpp"

namespace async {

struct TurnTimes {
  static constexpr std::size_t kBuckets = 22;

  void add(event_loop::Clock::duration turn) noexcept {
    sum += turn;
    const auto ns = static_cast<std::uint64_t>(
        std::max<std::int64_t>(1, std::chrono::nanoseconds(turn).count()));
    ++counts[std::min<std::size_t>(std::bit_width((ns - 1) / 1000), kBuckets - 1)];
  }

  std::array<std::uint64_t, kBuckets> counts{};
  event_loop::Clock::duration sum{};
};

}  // namespace async
