#include "epoll/resolve.hpp"

#include <gtest/gtest.h>
#include <netdb.h>

#include <algorithm>

namespace {

TEST(Resolve, an_address_is_its_own_answer) {
  const auto v4 = epoll::resolve("127.0.0.1", 80);
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->size(), 1u) << "and not once for each kind of socket";
  EXPECT_EQ(v4->front(), epoll::SocketAddress::loopback(80));
  const auto v6 = epoll::resolve("::1", 8080);
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->front(), epoll::SocketAddress::loopback_v6(8080));
}

TEST(Resolve, localhost_is_this_machine) {
  const auto found = epoll::resolve("localhost", 80);
  ASSERT_TRUE(found) << found.error().message();
  for (const epoll::SocketAddress& address : *found) {
    EXPECT_TRUE(address == epoll::SocketAddress::loopback(80) ||
                address == epoll::SocketAddress::loopback_v6(80))
        << address.to_string();
    EXPECT_EQ(std::ranges::count(*found, address), 1) << address.to_string();
  }
}

TEST(Resolve, the_families_take_turns_and_keep_their_order) {
  const auto v4 = [](std::uint16_t port) { return epoll::SocketAddress::loopback(port); };
  const auto v6 = [](std::uint16_t port) { return epoll::SocketAddress::loopback_v6(port); };
  using Addresses = std::vector<epoll::SocketAddress>;
  EXPECT_EQ(epoll::families_in_turns({v6(1), v6(2), v6(3), v4(4), v4(5)}),
            (Addresses{v6(1), v4(4), v6(2), v4(5), v6(3)}));
  EXPECT_EQ(epoll::families_in_turns({v4(1), v6(2), v6(3)}), (Addresses{v4(1), v6(2), v6(3)}));
  EXPECT_EQ(epoll::families_in_turns({}), Addresses());
}

// A text that can be neither a name nor an address is refused without a question to a server.
TEST(Resolve, an_error_says_so_in_words) {
  const auto found = epoll::resolve("not a name", 80);
  ASSERT_FALSE(found);
  EXPECT_EQ(&found.error().category(), &epoll::resolve_category());
  EXPECT_FALSE(found.error().message().empty());
}

}  // namespace
