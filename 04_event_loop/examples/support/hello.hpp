// The answer of the originals' epoll server, and of hello_server, blocking_server and http_server
// here.
//
//   GET, HEAD or POST of /, /hello or /upload    200, "Hello! I am an epoll server." (28 bytes)
//   OPTIONS of these, or of *                    204, the methods that are allowed
//   another method                               405 if RFC 9110 defines it, 501 if not
//   another path                                 404
#pragma once

#include <string_view>

#include "http/request.hpp"
#include "http/response.hpp"

namespace examples {

inline constexpr std::string_view kHello = "Hello! I am an epoll server.";

[[nodiscard]] http::Response answer_hello(const http::Request& request);

// GET or HEAD of /health, which load balancers request: 200 while the server accepts new clients,
// 503 from the moment it is told to end (HttpServer::drain).
[[nodiscard]] bool asks_for_health(const http::Request& request) noexcept;
[[nodiscard]] http::Response answer_health(bool is_ending);

// The answer for a method that a resource does not support: 405 with the supported ones (`allowed`,
// a list for the Allow field), or 501 for an unknown method [RFC 9110 15.5.6, 15.6.2].
[[nodiscard]] http::Response refuse_method(std::string_view method, std::string_view allowed);

}  // namespace examples
