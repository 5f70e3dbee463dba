// Which hostnames a server answers to: a server that only this machine can reach has to check
// them.
//
// A page of evil.example, open in a browser on this machine, may not read the answers of our
// server, because they come from another host. So the owner of evil.example changes the address of
// that name to 127.0.0.1, and the page sends another request: the browser now sends it to us, and
// treats our answer as one of evil.example. This is DNS rebinding. The Host field gives it away,
// because it still says evil.example.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {

class AllowedHosts {
 public:
  // `names` are allowed in addition to those that always are. They have no port; case does not
  // matter.
  explicit AllowedHosts(std::vector<std::string> names = {}) : names_(std::move(names)) {}

  // Whether a request with this authority (http::Request::authority) may be answered; the port does
  // not matter. Always allowed are those that the owner of a domain cannot point at this machine:
  //   an address ("127.0.0.1", "[::1]")
  //   "localhost" and names that end with ".localhost" [RFC 6761 6.3]
  //   a name without a dot ("web"), which comes from /etc/hosts, or from the network of a container
  //   an empty one, which no browser sends
  [[nodiscard]] bool allows(std::string_view authority) const;

 private:
  std::vector<std::string> names_;
};

}  // namespace http
