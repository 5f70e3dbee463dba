#include "http/target.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "http/text.hpp"
#include "syscall/result.hpp"

namespace http {
namespace {

constexpr std::string_view kTargetSection = "RFC 9112 3.2";

// How much of `text` can be a registered name or an IPv4 address: reg-name [RFC 3986 3.2.2].
std::size_t reg_name_size(std::string_view text) {
  std::size_t i = 0;
  while (true) {
    while (i < text.size() && is_unreserved_or_sub_delim(text[i])) ++i;
    const std::string_view rest = text.substr(i);
    if (rest.size() < 3 || rest[0] != '%' || !is_hex_digit(rest[1]) || !is_hex_digit(rest[2]))
      return i;
    i += 3;
  }
}

// IPv6address [RFC 3986 3.2.2, RFC 4291 2.2]; without a zone, which means nothing to another machine.
bool is_ipv6_address(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> copy{};  // inet_pton(3) wants a NUL at the end
  if (text.size() >= copy.size()) return false;
  std::ranges::copy(text, copy.begin());
  in6_addr address;
  return !text.contains('\0') && ::inet_pton(AF_INET6, copy.data(), &address) == 1;
}

// "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ): a form that is kept for later versions of IP.
bool is_ip_of_the_future(std::string_view text) {
  if (text.empty() || to_lower(text[0]) != 'v') return false;
  const std::size_t dot = std::min(text.find('.'), text.size());
  const std::string_view version = text.substr(1, dot - 1);
  const std::string_view rest = text.substr(std::min(dot + 1, text.size()));
  return !version.empty() && std::ranges::all_of(version, is_hex_digit) && !rest.empty() &&
         std::ranges::all_of(rest,
                             [](char c) { return is_unreserved_or_sub_delim(c) || c == ':'; });
}

// How long the address in brackets at the start of `text` is, both brackets counted; 0 if it is not
// well formed: IP-literal [RFC 3986 3.2.2].
std::size_t ip_literal_size(std::string_view text) {
  const std::size_t close = text.find(']');
  if (close == text.npos) return 0;
  const std::string_view address = text.substr(1, close - 1);
  return is_ipv6_address(address) || is_ip_of_the_future(address) ? close + 1 : 0;
}

bool is_port(std::string_view text) {
  int number = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    number = number * 10 + (c - '0');
    if (number > 65535) return false;
  }
  return true;
}

Parsed<TargetForm> parse_authority_form(std::string_view target) {
  const auto parsed = parse_host_port(target);
  SYS_TRY(parsed);
  if (parsed->host.empty() || parsed->port.empty())
    return refuse(400, 0, "CONNECT without a host and a port", "RFC 9112 3.2.3");
  return TargetForm::authority;
}

Parsed<TargetForm> parse_absolute_form(std::string_view target) {
  const std::size_t scheme = target.find("://");
  const auto is_scheme_char = [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  };
  if (scheme == target.npos || !is_alpha(target[0]) ||
      !std::ranges::all_of(target.substr(0, scheme), is_scheme_char))
    return refuse(400, 0, "a target that is neither a path nor a URI", kTargetSection);
  const std::size_t at = scheme + 3;
  const std::string_view authority =
      target.substr(at, std::min(target.find_first_of("/?", at), target.size()) - at);
  const auto parsed = parse_host_port(authority);
  if (!parsed) return with_offset(parsed.error(), at);
  if (parsed->host.empty()) return refuse(400, at, "a URI without a host", "RFC 9110 4.2.1");
  return TargetForm::absolute;
}

}  // namespace

Parsed<HostPort> parse_host_port(std::string_view text) {
  const bool literal = text.starts_with('[');
  const std::size_t size = literal ? ip_literal_size(text) : reg_name_size(text);
  if ((literal && size == 0) || (size < text.size() && text[size] != ':'))
    return refuse(400, size, "a host that is neither a name nor an address", "RFC 9112 3.2");
  const std::string_view port = size < text.size() ? text.substr(size + 1) : std::string_view();
  if (!is_port(port)) return refuse(400, size + 1, "an invalid port", "RFC 9112 3.2");
  return HostPort{text.substr(0, size), port};
}

Parsed<TargetForm> parse_target(std::string_view method, std::string_view target) {
  if (const std::size_t hash = target.find('#'); hash != target.npos)
    return refuse(400, hash, "a fragment in the target", kTargetSection);
  if (method == "CONNECT") return parse_authority_form(target);
  if (target == "*") {
    if (method != "OPTIONS")
      return refuse(400, 0, "a target * with a method other than OPTIONS", "RFC 9112 3.2.4");
    return TargetForm::asterisk;
  }
  if (target.starts_with('/')) return TargetForm::origin;
  return parse_absolute_form(target);
}

}  // namespace http
