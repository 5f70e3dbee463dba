// Which names a server answers to: a server that only this machine can reach has to ask.
//
// A page of evil.example, open in a browser of this machine, may not read what our server answers to
// it, because that comes from another host. So its owner changes the address of evil.example to
// 127.0.0.1, and asks again: now the browser sends the request to us, and takes our answer for one
// of evil.example. This is DNS rebinding. What gives it away is the Host field, which still says
// evil.example.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {

class AllowedHosts {
 public:
  // `names` are allowed besides those that always are. Without port, in any case.
  explicit AllowedHosts(std::vector<std::string> names = {}) : names_(std::move(names)) {}

  // Whether an answer may be given to this authority (http::Request::authority), whatever its port.
  // Always allowed is what the owner of a domain cannot point at this machine:
  //   an address ("127.0.0.1", "[::1]")
  //   "localhost" and what ends with ".localhost" [RFC 6761 6.3]
  //   a name without a dot ("web"), which comes from /etc/hosts, or from the network of a container
  //   nothing, which no browser sends
  [[nodiscard]] bool allows(std::string_view authority) const;

 private:
  std::vector<std::string> names_;
};

}  // namespace http
