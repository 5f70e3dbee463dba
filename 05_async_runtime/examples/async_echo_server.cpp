// Echoes the data of any number of clients, in one thread.
//
//   build/release/bin/async_echo_server 8080       listening on 127.0.0.1:8080
//   nc 127.0.0.1 8080                              type a line, and read it again
#include "async/async.hpp"
#include "support/server_program.hpp"

namespace {

async::Task<> echo(async::TcpStream stream) {
  while (auto bytes = co_await stream.read_lease()) {
    if (bytes->empty()) break;  // the client has closed its side
    if (!co_await stream.write_all(*bytes)) break;
  }
}

async::Task<> serve(async::TcpListener& listener) {
  return async::serve_each(listener, echo);
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_server_program(argc, argv, 8080, serve);
}
