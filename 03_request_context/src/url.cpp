#include "http/url.hpp"

#include <algorithm>

#include "epoll/socket_address.hpp"

namespace http {
namespace {

constexpr std::string_view kScheme = "http://";

bool is_visible_ascii(char c) {
  return c > ' ' && c < '\x7f';
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) {
  if (!text.starts_with(kScheme) || !std::ranges::all_of(text, is_visible_ascii))
    return std::nullopt;
  text.remove_prefix(kScheme.size());
  text = text.substr(0, text.find('#'));

  const std::size_t slash = std::min(text.find_first_of("/?"), text.size());
  const std::string_view authority = text.substr(0, slash);
  std::string_view host = authority;
  std::string_view port;
  // The colon of a port comes after the bracket that ends an IPv6 address.
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
  if (colon != authority.npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || authority.find_first_of("@\\") != authority.npos) return std::nullopt;

  Url url;
  if (!port.empty()) {
    const auto number = epoll::parse_port(port);
    if (!number) return std::nullopt;
    url.port = *number;
  }
  url.host = host;
  url.host_field = authority;
  const std::string_view target = text.substr(slash);
  if (target.starts_with('/')) url.target.clear();
  url.target += target;
  return url;
}

}  // namespace http
