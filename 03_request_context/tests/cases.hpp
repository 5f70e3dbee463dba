// Requests, and what must become of them: one table for the parser and for whole servers.
//
// Plain data. A later stage compiles cases.cpp into its own tests, sends `bytes`, and expects an
// answer with `status` (accepted: whatever its handler says) and, after a refusal, the end of the
// connection.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "http/limits.hpp"

namespace http::testing {

struct RequestCase {
  std::string name;        // a sentence with underscores
  std::string bytes;       // one request; behind it perhaps the beginning of another
  int status = 0;          // what it is refused with; 0: it is accepted
  std::size_t offset = 0;  // refused: of the byte that is wrong

  // Accepted: what it says.
  std::string method = "GET";
  std::string target = "/";
  std::string body = {};
  std::size_t fields = 1;
  std::size_t trailers = 0;
  bool keep_alive = true;
  bool wants_continue = false;
  std::size_t rest = 0;  // so many bytes at the end belong to the next request
};

// All of them, for a parser and a server with the default limits.
const std::vector<RequestCase>& request_cases();

// The beginnings of requests: nothing to complain about, and nothing to answer yet.
const std::vector<std::string>& unfinished_requests();

}  // namespace http::testing
