// Three tasks count down at the same time, in one thread: tasks that await tasks, and time.
//
//   ./workbook run --mine countdown
#include <chrono>
#include <cstdio>

#include "async/core/sleep.hpp"
#include "async/core/task.hpp"
#include "async/io/runtime.hpp"
#include "syscall/report.hpp"

namespace {

async::Task<int> lower(int number, std::chrono::milliseconds pause) {
  (void)co_await async::sleep_for(pause);
  co_return number - 1;
}

async::Task<> count_down(const char* name, int number, std::chrono::milliseconds pause) {
  while (number > 0) {
    std::printf("%s %d\n", name, number);
    number = co_await lower(number, pause);
  }
  std::printf("%s is done\n", name);
}

}  // namespace

int main() {
  using std::chrono::milliseconds;
  auto runtime = async::Runtime::create();
  if (!runtime) return sys::fail("cannot start", runtime.error());
  (*runtime)->spawn(count_down("slow", 2, milliseconds(300)));
  (*runtime)->spawn(count_down("steady", 4, milliseconds(125)));
  (*runtime)->spawn(count_down("quick", 6, milliseconds(50)));
  const auto done = (*runtime)->run();  // until the last task has ended
  return done ? 0 : sys::fail("cannot continue", done.error());
}
