// What this thread holds back, and what waits for it.
#pragma once

#include <signal.h>

inline bool is_blocked(int number) {
  sigset_t mask{};
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  return sigismember(&mask, number) == 1;
}

inline bool is_pending(int number) {
  sigset_t pending{};
  sigpending(&pending);
  return sigismember(&pending, number) == 1;
}
