// Prints what its clients send. It never answers.
//
//   cmake -S 02_epoll_module -B build/02 && cmake --build build/02
//   build/02/bin/print_server 9000
//   nc 127.0.0.1 9000                  in other terminals, as many as you like: type lines
//
// You will see `listening on 127.0.0.1:9000`, a line for each client that comes and each that goes,
// and what they type. Things worth trying: stop it with Ctrl-Z and go on with fg; start it with
// `build/02/bin/print_server 9000 | (sleep 60; cat)` and see that clients are still let in while
// nobody reads; start it after `ulimit -n 10` and open ten clients, then close one. Ctrl-C or
// `kill` ends it, with exit status 0.
#include "epoll/print_server.hpp"

int main(int argc, char** argv) {
  return epoll::run_print_server({argv, static_cast<std::size_t>(argc)});
}
