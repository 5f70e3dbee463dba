// Prints what its clients send. It never answers.
//
//   cmake -S 02_epoll_module -B build/02 && cmake --build build/02
//   build/02/bin/print_server 9000
//   nc 127.0.0.1 9000                  in other terminals, as many as you like: type lines
//
// You will see `listening on 127.0.0.1:9000`, a line for each client that connects and each that
// disconnects, and what they type. Things worth trying: stop it with Ctrl-Z and continue it with fg;
// start it with `build/02/bin/print_server 9000 | (sleep 60; cat)` and see that clients are still
// accepted while its output is not read; start it after `ulimit -n 10` and open ten clients, then
// close one. Ctrl-C or `kill` ends it, with exit status 0.
#include <unistd.h>

#include <csignal>
#include <cstdint>

#include "epoll/command_line.hpp"
#include "epoll/signals.hpp"
#include "support/print_server.hpp"
#include "syscall/report.hpp"

int main(int argc, char** argv) {
  std::uint16_t port = 0;
  const epoll::CommandLine line(
      "Prints what its clients send. SIGINT or SIGTERM ends it.",
      {{"port", epoll::number_into(port), "0 to 65535, 0 for any free port"}});
  if (const auto status = line.parse(argc, argv)) return *status;

  auto signals = epoll::Signals::create({SIGINT, SIGTERM});
  if (!signals) return sys::fail("signalfd", signals.error());
  const auto address = epoll::SocketAddress::loopback(port);
  auto listener = epoll::TcpListener::bind(address);
  if (!listener) return sys::fail("cannot listen on " + address.to_string(), listener.error());
  auto output = examples::open_output(STDOUT_FILENO);
  if (!output) return sys::fail("standard output", output.error());
  auto server =
      examples::PrintServer::create(std::move(*listener), std::move(*output), signals->fd());
  if (!server) return sys::fail("cannot start", server.error());

  const auto done = server->run();
  // Pending signals are read here: otherwise they would end the process when they are unblocked,
  // with another exit status.
  while (signals->next()) continue;
  return done ? 0 : sys::fail("cannot continue", done.error());
}
