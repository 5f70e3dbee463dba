// The epoll server of the originals, as it should have been.
//
//   build/release/bin/hello_server 8000          listening on 127.0.0.1:8000
//   curl -i http://127.0.0.1:8000                HTTP/1.1 200 OK ... Hello! I am an epoll server.
//   build/release/bin/hello_server --verbose     new client, set content length, got all data, ...
//
// On SIGINT or SIGTERM, requests that have begun are finished, for 10 seconds at most; a second
// signal ends the server at once. A body is counted and dropped as it arrives, since the answer
// does not depend on it: an upload of any size, up to the limit, takes no more memory than a small
// one.
#include "support/hello.hpp"
#include "support/server_start.hpp"

int main(int argc, char** argv) {
  examples::ServerArguments arguments{.port = 8000};
  if (const auto status = arguments.parse(argc, argv)) return *status;
  arguments.options.context.session.body = http::BodyMode::discard;
  return examples::serve_http(arguments, examples::answer_hello);
}
