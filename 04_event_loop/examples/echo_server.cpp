// The poll server of the originals: answers a POST with its body, a GET with nothing.
//
//   build/release/bin/echo_server                               listening on 127.0.0.1:1234
//   curl -d "name=WasmEdge" -X POST http://127.0.0.1:1234       name=WasmEdge
#include "event_loop/hello.hpp"
#include "event_loop/server_program.hpp"

namespace {

http::Response echo(const http::Request& request) {
  if (request.method == "GET" || request.method == "HEAD") return http::Response(200);
  if (request.method != "POST") return event_loop::refuse_method(request.method, "GET, HEAD, POST");
  return http::Response::bytes(200, request.body,
                               request.fields.find("Content-Type").value_or("text/plain"));
}

}  // namespace

int main(int argc, char** argv) {
  return event_loop::run_server_program(argc, argv, 1234, echo);
}
