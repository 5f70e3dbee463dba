// What the server programs of this stage have in common: where they listen, a clean end on SIGINT
// and SIGTERM, and two ways to look inside.
//
//   async::Task<> serve(async::TcpListener& listener);
//   int main(int argc, char** argv) {
//     return examples::run_server_program(argc, argv, 8080, serve);
//   }
#pragma once

#include <cstdint>
#include <functional>

#include "async/core/task.hpp"
#include "async/io/tcp_listener.hpp"
#include "epoll/socket_address.hpp"

namespace examples {

// Serves until it is asked to stop. It may be a lambda that calls a coroutine, but not a lambda
// that is a coroutine.
using Serve = std::function<async::Task<>(async::TcpListener& listener)>;

// main() of a server: reads `[port] [--trace]`, listens on 127.0.0.1 and runs `serve`. Returns the
// exit status: 0 after SIGINT or SIGTERM; 1 if it cannot listen, or if `serve` ended by itself; 2,
// with the usage on stderr, for an invalid command line.
//   --trace   prints what happens to descriptors, and a summary at the end: turns, events,
//             tasks that were woken for nothing, system calls by name (trace.hpp)
// SIGUSR1 prints all tasks on stderr, and where each of them waits.
[[nodiscard]] int run_server_program(int argc, char** argv, std::uint16_t default_port,
                                     const Serve& serve);

// The same for a program with its own command line. On a signal `serve` is asked to stop; tasks
// that are still alive when it has ended are destroyed.
[[nodiscard]] int serve_until_signal(const epoll::SocketAddress& address, bool trace,
                                     const Serve& serve);

// Prints all tasks of this thread's runtime on stderr, in the form of dump_tasks. If there is no
// memory for that, a line says so, and nothing else is affected.
void print_tasks() noexcept;

}  // namespace examples
