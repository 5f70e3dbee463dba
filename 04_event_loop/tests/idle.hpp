// How a test sees that a loop has nothing to do.
#pragma once

#include <gtest/gtest.h>

#include "event_loop/event_loop.hpp"
#include "syscall/observer.hpp"

namespace event_loop::testing {

// The loop waits once until `timeout`, without an event, and makes no other call. When the process
// is stopped meanwhile, SIGCONT interrupts the wait, which is then repeated (signal(7)): only the
// last one counts.
inline ::testing::AssertionResult sleeps_in_one_wait(EventLoop& loop, epoll::AnyDuration timeout) {
  sys::CallCounter calls;
  const sys::ScopedObserver watching(calls);
  const auto turns = loop.turns();
  const auto events = loop.run_once(timeout);
  if (events == 0u && loop.turns() == turns + 1 &&
      calls.total() - calls.failed_of("epoll_wait") == 1 && calls.of("epoll_wait") != 0)
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << events.value_or(0) << " events, " << calls.summary();
}

}  // namespace event_loop::testing
