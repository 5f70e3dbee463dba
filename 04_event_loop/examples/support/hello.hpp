// The answer of the originals' epoll server, and of hello_server, blocking_server and http_server here.
//
//   GET, HEAD or POST of /, /hello or /upload    200, "Hello! I am an epoll server." (28 bytes)
//   OPTIONS of them, or of *                     204, the methods that are allowed
//   another method                               405 if RFC 9110 knows it, 501 if not
//   another path                                 404
#pragma once

#include <string_view>

#include "http/request.hpp"
#include "http/response.hpp"

namespace examples {

inline constexpr std::string_view kHello = "Hello! I am an epoll server.";

[[nodiscard]] http::Response answer_hello(const http::Request& request);

// GET or HEAD of /health, which load balancers ask: 200 while the server takes new clients, 503 from the
// moment on when it is told to end (HttpServer::drain).
[[nodiscard]] bool asks_for_health(const http::Request& request) noexcept;
[[nodiscard]] http::Response answer_health(bool is_ending);

// What is said to a method that a resource does not have: 405 with the ones it has (`allowed`, a
// list for the Allow field), or 501 for one that is not known [RFC 9110 15.5.6, 15.6.2].
[[nodiscard]] http::Response refuse_method(std::string_view method, std::string_view allowed);

}  // namespace examples
