#include "http/url.hpp"

#include <algorithm>

#include "epoll/socket_address.hpp"
#include "http/target.hpp"
#include "http/text.hpp"

namespace http {
namespace {

constexpr std::string_view kScheme = "http://";

bool is_visible_ascii(char c) {
  return c > ' ' && c < '\x7f';
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) {
  if (!equal_ignoring_case(text.substr(0, kScheme.size()), kScheme) ||
      !std::ranges::all_of(text, is_visible_ascii))
    return std::nullopt;
  text.remove_prefix(kScheme.size());
  text = text.substr(0, text.find('#'));

  const std::size_t slash = std::min(text.find_first_of("/?"), text.size());
  const std::string_view authority = text.substr(0, slash);
  const auto parsed = parse_host_port(authority);
  if (!parsed || parsed->host.empty()) return std::nullopt;
  std::string_view host = parsed->host;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);

  Url url;
  if (!parsed->port.empty()) url.port = epoll::parse_port(parsed->port).value();
  url.host = host;
  url.host_field = authority;
  const std::string_view target = text.substr(slash);
  if (target.starts_with('/')) url.target.clear();
  url.target += target;
  return url;
}

}  // namespace http
