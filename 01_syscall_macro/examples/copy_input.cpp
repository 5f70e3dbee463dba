// Copies standard input to standard output, while a thousand signals a second interrupt its calls.
//
//   ./workbook run --mine copy_input      type a line, and read it again; Ctrl-D ends it,
//                                         and the program says how many signals came
//
// Without call_uninterrupted, the first signal that comes during a read ends the program:
// "Interrupted system call" [signal(7), EINTR].
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <span>

#include "syscall/call.hpp"
#include "syscall/report.hpp"

namespace {

volatile std::sig_atomic_t signals = 0;

sys::Result<> write_all(std::span<const char> bytes) {
  while (!bytes.empty()) {
    const void* const from = bytes.data();
    const auto count = sys::call_uninterrupted<::write>(STDOUT_FILENO, from, bytes.size());
    SYS_TRY(count);
    bytes = bytes.subspan(static_cast<std::size_t>(*count));
  }
  return {};
}

sys::Result<> copy() {
  std::array<char, 4096> buffer{};
  void* const into = buffer.data();
  while (true) {
    const auto count = sys::call_uninterrupted<::read>(STDIN_FILENO, into, buffer.size());
    SYS_TRY(count);
    if (*count == 0) return {};
    SYS_TRY(write_all(std::span(buffer).first(static_cast<std::size_t>(*count))));
  }
}

}  // namespace

int main() {
  struct sigaction action{};  // without SA_RESTART: a signal ends the call that it interrupts
  action.sa_handler = [](int) { signals = signals + 1; };
  sigaction(SIGALRM, &action, nullptr);
  const itimerval every{.it_interval = {.tv_sec = 0, .tv_usec = 1000},
                        .it_value = {.tv_sec = 0, .tv_usec = 1000}};
  setitimer(ITIMER_REAL, &every, nullptr);
  const auto done = copy();
  if (!done) return sys::fail("cannot continue", done.error());
  std::fprintf(stderr, "signals that came meanwhile: %d\n", static_cast<int>(signals));
}
