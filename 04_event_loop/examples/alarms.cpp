// Rings at the times it is given, in milliseconds, in whatever order they were given.
//
//   ./workbook run --mine alarms 300 100 200      100, 200, 300; each when it is due
//
// A number with a minus is set, and cancelled again before the first one rings.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "event_loop/timer_queue.hpp"

int main(int argc, char** argv) {
  using event_loop::CallbackTimer;
  using event_loop::Clock;
  event_loop::TimerQueue queue;
  std::vector<std::unique_ptr<CallbackTimer>> timers;
  const auto begin = Clock::now();
  for (const char* const word : std::span(argv, static_cast<std::size_t>(argc)).subspan(1)) {
    const int number = std::atoi(word);
    const auto ring = [number, begin] {
      const std::chrono::duration<double, std::milli> after = Clock::now() - begin;
      std::printf("%d rings after %.0f ms\n", number, after.count());
    };
    timers.push_back(std::make_unique<CallbackTimer>(ring));
    queue.set(*timers.back(), begin + std::chrono::milliseconds(std::abs(number)));
    if (number < 0) queue.cancel(*timers.back());
  }
  while (const auto next = queue.next()) {  // the whole loop of a program that only waits for time
    std::this_thread::sleep_until(*next);
    queue.fire(Clock::now());
  }
}
