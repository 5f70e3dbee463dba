#include "http/allowed_hosts.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "http/text.hpp"

namespace http {
namespace {

// Without port, and without the dot that may end a name: "localhost." is the same one.
std::string_view host_of(std::string_view authority) {
  std::string_view host = authority.substr(0, authority.rfind(':'));
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

// And has something before it.
bool ends_with_ignoring_case(std::string_view text, std::string_view end) {
  return text.size() > end.size() &&
         http::equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

// Of IPv4: the others stand in brackets.
bool is_address(std::string_view host) {
  std::array<char, INET_ADDRSTRLEN> text{};
  if (host.size() >= text.size()) return false;
  std::ranges::copy(host, text.begin());
  in_addr address{};
  return ::inet_pton(AF_INET, text.data(), &address) == 1;
}

}  // namespace

bool AllowedHosts::allows(std::string_view authority) const {
  // #region allowed_hosts.allows
  // The one form with colons before the port, and the HTTP parser has looked at it.
  if (authority.starts_with('[')) return true;
  const std::string_view host = host_of(authority);
  if (!host.contains('.')) return true;
  const auto is_host = [host](std::string_view name) {
    return http::equal_ignoring_case(name, host);
  };
  return ends_with_ignoring_case(host, ".localhost") || is_address(host) ||
         std::ranges::any_of(names_, is_host);
  // #endregion allowed_hosts.allows
}

}  // namespace http
