// Counts tenths of a second, until Enter or Ctrl-C: a timer, a thread and a signal in one loop.
//
//   ./workbook run --mine loop_clock              1 2 3 4 ... and then why it has ended
//
// The thread reads the terminal, which blocks it. It changes nothing itself: it posts a callback,
// which runs in the loop's thread.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "event_loop/event_loop.hpp"
#include "event_loop/signal_source.hpp"
#include "syscall/report.hpp"

int main() {
  auto loop = event_loop::EventLoop::create();
  if (!loop) return sys::fail("cannot start", loop.error());
  const auto stop = [&](const char* why) {
    std::printf("%s\n", why);
    (*loop)->stop();
  };
  const auto signals =
      event_loop::SignalSource::create(**loop, {SIGINT, SIGTERM}, [&](int) { stop("a signal"); });
  if (!signals) return sys::fail("cannot read signals", signals.error());

  int tenths = 0;
  event_loop::CallbackTimer clock([&] {
    std::printf("%d ", ++tenths);
    std::fflush(stdout);
    (*loop)->timers().set(clock, (*loop)->now() + std::chrono::milliseconds(100));
  });
  (*loop)->timers().set(clock, (*loop)->now());

  // Detached, since it may wait for a key that never comes. It ends with the process.
  std::thread([&] {
    while (true) {
      const int key = std::getchar();
      if (key == '\n') return (*loop)->post([&] { stop("Enter"); });
      if (key == EOF) return;
    }
  }).detach();

  const auto done = (*loop)->run();
  return done ? 0 : sys::fail("cannot continue", done.error());
}
