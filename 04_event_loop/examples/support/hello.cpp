#include "support/hello.hpp"

#include <algorithm>
#include <array>

namespace examples {
namespace {

constexpr std::string_view kAllowed = "GET, HEAD, POST, OPTIONS";
constexpr std::array<std::string_view, 3> kPaths = {"/", "/hello", "/upload"};
constexpr std::array<std::string_view, 8> kMethods = {  // [RFC 9110 9.1]
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE"};

}  // namespace

http::Response refuse_method(std::string_view method, std::string_view allowed) {
  if (std::ranges::find(kMethods, method) == kMethods.end())
    return http::Response::text(501, "This method is not known here.\n");
  return http::Response::text(405, "This method is not allowed here.\n").add("Allow", allowed);
}

bool asks_for_health(const http::Request& request) noexcept {
  return request.path() == "/health" && (request.method == "GET" || request.method == "HEAD");
}

http::Response answer_health(bool is_ending) {
  return http::Response::text(is_ending ? 503 : 200, is_ending ? "draining\n" : "ok\n");
}

http::Response answer_hello(const http::Request& request) {
  const bool whole_server = request.form == http::TargetForm::asterisk;
  if (request.method == "OPTIONS" && whole_server)
    return http::Response(204).add("Allow", kAllowed);
  if (request.form == http::TargetForm::authority) return refuse_method(request.method, kAllowed);
  if (std::ranges::find(kPaths, request.path()) == kPaths.end())
    return http::Response::text(404, "There is nothing here.\n");
  if (request.method == "OPTIONS") return http::Response(204).add("Allow", kAllowed);
  if (request.method != "GET" && request.method != "HEAD" && request.method != "POST")
    return refuse_method(request.method, kAllowed);
  return http::Response::constant(200, kHello, "text/html");
}

}  // namespace examples
