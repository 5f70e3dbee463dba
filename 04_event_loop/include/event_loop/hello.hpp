// The answer of the originals' epoll server, and of hello_server and blocking_server here.
//
//   GET, HEAD or POST of /, /hello or /upload    200, "Hello! I am an epoll server." (28 bytes)
//   OPTIONS of them, or of *                     204, the methods that are allowed
//   another method                               405 if RFC 9110 knows it, 501 if not
//   another path                                 404
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "http/request.hpp"
#include "http/response.hpp"

namespace event_loop {

inline constexpr std::string_view kHello = "Hello! I am an epoll server.";
inline constexpr std::string_view kAllowed = "GET, HEAD, POST, OPTIONS";
inline constexpr std::array<std::string_view, 3> kPaths = {"/", "/hello", "/upload"};
inline constexpr std::array<std::string_view, 8> kMethods = {  // [RFC 9110 9.1]
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE"};

// What is said to a method that a resource does not have: 405 with the ones it has (`allowed`, a
// list for the Allow field), or 501 for one that is not known [RFC 9110 15.5.6, 15.6.2].
[[nodiscard]] inline http::Response refuse_method(std::string_view method,
                                                  std::string_view allowed) {
  if (std::ranges::find(kMethods, method) == kMethods.end())
    return http::Response::text(501, "This method is not known here.\n");
  return http::Response::text(405, "This method is not allowed here.\n").add("Allow", allowed);
}

[[nodiscard]] inline http::Response answer_hello(const http::Request& request) {
  const bool whole_server = request.form == http::TargetForm::asterisk;
  if (request.method == "OPTIONS" && whole_server)
    return http::Response(204).add("Allow", kAllowed);
  if (request.form == http::TargetForm::authority) return refuse_method(request.method, kAllowed);
  if (std::ranges::find(kPaths, request.path()) == kPaths.end())
    return http::Response::text(404, "There is nothing here.\n");
  if (request.method == "OPTIONS") return http::Response(204).add("Allow", kAllowed);
  if (request.method != "GET" && request.method != "HEAD" && request.method != "POST")
    return refuse_method(request.method, kAllowed);
  return http::Response::text(200, kHello, "text/html");
}

}  // namespace event_loop
