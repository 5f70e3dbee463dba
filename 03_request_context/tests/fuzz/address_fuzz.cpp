#include <string>

#include "epoll/socket_address.hpp"
#include "epoll/unix_address.hpp"
#include "fuzz.hpp"
#include "http/target.hpp"

namespace fuzz {
namespace {

// The text of an address is read as the same address, which has the same text. So does the address that
// the kernel would be given.
template <class Address>
void same_address_when_printed_again(std::string_view input) {
  const auto address = Address::parse(input);
  if (!address) return;
  const std::string text = address->to_string();
  const auto again = Address::parse(text);
  require(again && *again == *address, "an address that was printed again");
  require_equal(again->to_string(), text, "an address that was printed twice");
  const auto raw = Address::from_raw(address->data(), address->size());
  require(raw && *raw == *address, "an address that was given to the kernel");
}

void a_port_is_a_number(std::string_view input) {
  const auto port = epoll::parse_port(input);
  if (!port) return;
  const std::string text = std::to_string(*port);
  require(
      input.ends_with(text) && input.substr(0, input.size() - text.size()).find_first_not_of('0') ==
                                   std::string_view::npos,
      "a port is its digits");
}

void a_host_is_all_of_its_text(std::string_view input) {
  const auto parsed = http::parse_host_port(input);
  if (!parsed) {
    require(parsed.error().offset <= input.size(), "an offset lies within the text");
    return;
  }
  std::string text(parsed->host);
  if (text.size() < input.size()) text.append(":").append(parsed->port);
  require_equal(text, std::string(input), "host and port, put together");
  require(parsed->port.empty() || epoll::parse_port(parsed->port).has_value(),
          "the port of a host is a port");
}

}  // namespace

void address(std::string_view input) {
  same_address_when_printed_again<epoll::SocketAddress>(input);
  same_address_when_printed_again<epoll::UnixAddress>(input);
  a_port_is_a_number(input);
  a_host_is_all_of_its_text(input);
}

}  // namespace fuzz
