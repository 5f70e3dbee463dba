// Keeps a program running.
//
//   build/release/bin/supervise -- build/release/bin/hello_server 8000
//
// A child that fails is started again: after 0.1 s, and after twice as long each time, up to 30 s; one
// that ran for 10 s begins anew with 0.1 s. SIGINT and SIGTERM are passed on to the child, and when it
// has ended then, that is the end. Exit status: 0 if the child ended with 0, or because of a signal
// that was passed on; 1 if it cannot be started, or if there is no memory (the child is then killed); 2
// for a wrong command line.
#include <csignal>
#include <cstdio>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "async/async.hpp"

namespace {

using namespace std::chrono_literals;

async::Task<> pass_on(async::Signals& signals, async::Child& child, bool& stopping) {
  while (auto number = co_await signals.next()) {
    stopping = true;
    (void)child.kill(*number);  // it may have ended just now
  }
}

// Until the child has ended. `stopping`: a signal has come meanwhile.
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
  const double seconds = std::chrono::duration<double>(pause).count();
  if (const auto number = status.signal()) {
    std::fprintf(stderr, "ended by signal %d, again in %.1f s\n", *number, seconds);
  } else {
    std::fprintf(stderr, "ended with %d, again in %.1f s\n", *status.code(), seconds);
  }
}

async::Task<int> supervise(async::Signals& signals, const std::vector<std::string>& program) {
  async::Duration pause = 100ms;
  while (true) {
    auto child = async::Child::spawn(program);
    if (!child) {
      std::fprintf(stderr, "%s: %s\n", program[0].c_str(), child.error().message().c_str());
      co_return 1;
    }
    const auto started = async::Clock::now();
    bool stopping = false;
    const auto status = co_await watch(signals, *child, stopping);
    if (!status) {
      std::fprintf(stderr, "waitid: %s\n", status.error().message().c_str());
      co_return 1;
    }
    if (stopping || status->success()) co_return 0;
    if (async::Clock::now() - started > 10s) pause = 100ms;
    report(*status, pause);
    // A signal ends the pause, and with it everything.
    const auto number = co_await async::timeout(pause, signals.next());
    if (number) co_return 0;
    pause = std::min<async::Duration>(2 * pause, 30s);
  }
}

int run(std::span<char*> arguments) {
  if (arguments.size() < 3 || std::string_view(arguments[1]) != "--") {
    std::fprintf(stderr, "usage: %s -- PROGRAM [ARGUMENTS]...\n", arguments[0]);
    return 2;
  }
  auto signals = async::Signals::create({SIGINT, SIGTERM});
  if (!signals) {
    std::fprintf(stderr, "signalfd: %s\n", signals.error().message().c_str());
    return 1;
  }
  const std::vector<std::string> program(arguments.begin() + 2, arguments.end());
  return async::block_on(supervise(*signals, program));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(std::span(argv, static_cast<std::size_t>(argc)));
  } catch (const std::bad_alloc&) {  // the child is gone by now: its owner has ended it
    std::fputs("no memory\n", stderr);
    return 1;
  }
}
