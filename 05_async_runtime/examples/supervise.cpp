// Keeps a program running.
// for an invalid command line.
//   build/release/bin/supervise -- build/release/bin/hello_server 8000
//
// A child that fails is restarted after 0.1 s, and each further time after twice as long, up to 30
// s; after a run of more than 10 s the delay is 0.1 s again. SIGINT and SIGTERM are passed on to
// the child, and the program ends when the child has ended. Exit status: 0 if the child ended with
// 0, or because of a signal that was passed on; 1 if it cannot be started, or if there is no memory
// (the child is then killed);
#include <array>
#include <csignal>
#include <cstdio>
#include <new>
#include <string>
#include <vector>

#include "async/async.hpp"
#include "epoll/command_line.hpp"
#include "event_loop/log.hpp"
#include "syscall/report.hpp"

namespace {

using namespace std::chrono_literals;

async::Task<> pass_on(async::Signals& signals, async::Child& child, bool& stopping) {
  while (auto number = co_await signals.next()) {
    stopping = true;
    (void)child.kill(*number);  // the child may have ended just now
  }
}

// Waits until the child has ended. `stopping`: a signal has arrived meanwhile.
async::Task<sys::Result<epoll::ExitStatus>> watch(async::Signals& signals, async::Child& child,
                                                  bool& stopping) {
  sys::Result<epoll::ExitStatus> status = sys::failure(std::errc::operation_canceled);
  auto body = [&](async::TaskGroup& group) -> async::Task<> {
    group.spawn(pass_on(signals, child, stopping));
    status = co_await child.wait();
  };
  (void)co_await async::with_group(body, async::CancelRest::after_first);
  co_return status;
}

void report(const epoll::ExitStatus& status, async::Duration pause) {
  const auto number = status.signal();
  std::array<char, 64> line;
  std::snprintf(line.data(), line.size(), "ended %s %d, again in %.1f s",
                number ? "by signal" : "with", number ? *number : *status.code(),
                std::chrono::duration<double>(pause).count());
  event_loop::standard_error_log().write(line.data());
}

async::Task<int> supervise(async::Signals& signals, const std::vector<std::string>& program) {
  async::Duration pause = 100ms;
  while (true) {
    auto child = async::Child::spawn(program);
    if (!child) co_return sys::fail(program[0], child.error());
    const auto started = async::Clock::now();
    bool stopping = false;
    const auto status = co_await watch(signals, *child, stopping);
    if (!status) co_return sys::fail("waitid", status.error());
    if (stopping || status->success()) co_return 0;
    if (async::Clock::now() - started > 10s) pause = 100ms;
    report(*status, pause);
    // A signal ends the pause and the program.
    const auto number = co_await async::timeout(pause, signals.next());
    if (number) co_return 0;
    pause = std::min<async::Duration>(2 * pause, 30s);
  }
}

int run(int argc, char** argv) {
  std::vector<std::string> program;
  const epoll::CommandLine line(
      "Keeps a program running: if it fails, it is started again, after longer and longer delays.",
      {{"-- PROGRAM [ARGUMENTS]...", epoll::texts_into(program), "what to run"}});
  if (const auto status = line.parse(argc, argv)) return *status;
  auto signals = async::Signals::create({SIGINT, SIGTERM});
  if (!signals) return sys::fail("signalfd", signals.error());
  return async::block_on(supervise(*signals, program));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {  // the child is gone by now: its owner has killed it
    return sys::fail("no memory");
  }
}
