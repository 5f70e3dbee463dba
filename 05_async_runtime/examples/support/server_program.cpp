#include "support/server_program.hpp"

#include <csignal>

#include <cstdio>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "async/core/spawn.hpp"
#include "async/core/this_task.hpp"
#include "async/io/runtime.hpp"
#include "async/sync/process.hpp"
#include "async/sync/task_group.hpp"
#include "epoll/command_line.hpp"
#include "epoll/socket_address.hpp"
#include "support/server_start.hpp"
#include "support/trace.hpp"
#include "syscall/report.hpp"

namespace examples {
namespace {

// Ends at the first SIGINT or SIGTERM; SIGUSR1 prints the tasks.
async::Task<> wait_for_stop(async::Signals& signals, bool& stopped) {
  while (auto number = co_await signals.next()) {
    stopped = *number != SIGUSR1;
    if (stopped) break;
    print_tasks();
  }
}

// Returns whether a signal ended the server.
async::Task<bool> serve_or_stop(async::TcpListener& listener, async::Signals& signals,
                                const Serve& serve) {
  bool stopped = false;
  auto body = [&](async::TaskGroup& group) -> async::Task<> {
    group.spawn(wait_for_stop(signals, stopped));
    // So that wait_for_stop waits first: nothing that clients bring along can keep it from that.
    (void)co_await async::yield();
    co_await serve(listener);
  };
  (void)co_await async::with_group(body, async::CancelRest::after_first);
  listener.close();  // here, where it is traced
  co_return stopped;
}

}  // namespace

void print_tasks() noexcept {
  try {
    std::fputs(async::Runtime::here().dump_tasks().c_str(), stderr);
  } catch (const std::bad_alloc&) {
    std::fputs("no memory for a list of the tasks\n", stderr);
  }
}

int serve_until_signal(const epoll::SocketAddress& address, bool trace, const Serve& serve) {
  // If the reader of our output goes away, the server must not end [signal(7), SIGPIPE].
  std::signal(SIGPIPE, SIG_IGN);
  raise_and_tell_descriptor_limit();
  auto signals = async::Signals::create({SIGINT, SIGTERM, SIGUSR1});
  if (!signals) return sys::fail("signalfd", signals.error());
  auto runtime = async::Runtime::create();
  if (!runtime) return sys::fail("epoll", runtime.error());
  auto listener = async::TcpListener::bind(address);
  if (!listener) return sys::fail("cannot listen on " + address.to_string(), listener.error());
  const auto local = listener->local_address();
  if (!local) return sys::fail("getsockname", local.error());
  tell_address(*local);

  std::optional<Trace> tracing;
  if (trace) {
    tracing.emplace(**runtime);
    tracing->write_listening(listener->fd());
  }
  const bool stopped = (*runtime)->block_on(serve_or_stop(*listener, *signals, serve));
  const std::string counters = trace ? summary(**runtime) : "";
  runtime->reset();  // and with it the clients that are still connected
  if (tracing) std::printf("%s\n%s\n", counters.c_str(), tracing->system_calls().c_str());
  // An impatient second Ctrl-C would end the process when the signals are unblocked, with the wrong
  // exit status.
  for (const int number : {SIGINT, SIGTERM, SIGUSR1}) std::signal(number, SIG_IGN);
  return stopped ? 0 : 1;
}

int run_server_program(int argc, char** argv, std::uint16_t default_port, const Serve& serve) {
  std::uint16_t port = default_port;
  bool trace = false;
  const epoll::CommandLine line(
      "A server on 127.0.0.1. SIGINT or SIGTERM ends it, SIGUSR1 shows its tasks.",
      {{"[port]", epoll::number_into(port), epoll::about_port(port)},
       {"[--trace]", epoll::set(trace), "prints what happens to descriptors, and a summary"}});
  if (const auto status = line.parse(argc, argv)) return *status;
  return serve_until_signal(epoll::SocketAddress::loopback(port), trace, serve);
}

}  // namespace examples
