// The epoll server of the originals, as it should have been.
//
//   build/release/bin/hello_server 8000          listening on 127.0.0.1:8000
//   curl -i http://127.0.0.1:8000                HTTP/1.1 200 OK ... Hello! I am an epoll server.
//   build/release/bin/hello_server --verbose     new client, set content length, got all data, ...
//
// A body is counted and dropped as it comes, since the answer does not depend on it: an upload of
// any size, up to the limit, takes no more memory than a small one.
#include "event_loop/hello.hpp"
#include "event_loop/server_program.hpp"

int main(int argc, char** argv) {
  event_loop::HttpServerOptions options;
  options.context.session.body = http::BodyMode::discard;
  return event_loop::run_server_program(argc, argv, 8000, event_loop::answer_hello, options);
}
