// The poll server of the originals: answers a POST with its body, a GET with an empty body.
//
//   build/release/bin/echo_server                               listening on 127.0.0.1:1234
//   curl -d "name=WasmEdge" -X POST http://127.0.0.1:1234       name=WasmEdge
#include "support/hello.hpp"
#include "support/server_start.hpp"

namespace {

http::Response echo(const http::Request& request) {
  if (request.method == "GET" || request.method == "HEAD") return http::Response(200);
  if (request.method != "POST") return examples::refuse_method(request.method, "GET, HEAD, POST");
  return http::Response::bytes(200, request.body,
                               request.fields.find("Content-Type").value_or("text/plain"));
}

}  // namespace

int main(int argc, char** argv) {
  examples::ServerArguments arguments{.port = 1234};
  if (const auto status = arguments.parse(argc, argv)) return *status;
  return examples::serve_http(arguments, echo);
}
