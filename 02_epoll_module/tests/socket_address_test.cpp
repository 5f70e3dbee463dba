#include "epoll/socket_address.hpp"

#include <gtest/gtest.h>
#include <net/if.h>
#include <sys/un.h>

#include <cstring>
#include <string>

namespace {

using epoll::SocketAddress;
using std::string_view_literals::operator""sv;

TEST(SocketAddress, prints_what_it_has_read) {
  for (const auto text : {"127.0.0.1:8080", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:8080",
                          "[::]:1", "[2001:db8::1]:443", "[::ffff:10.0.0.1]:80"}) {
    const auto address = SocketAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->to_string(), text);
    EXPECT_EQ(SocketAddress::parse(address->to_string()), address);
  }
}

TEST(SocketAddress, one_address_has_one_text) {
  EXPECT_EQ(SocketAddress::parse("[0:0:0:0:0:0:0:1]:80")->to_string(), "[::1]:80");
  EXPECT_EQ(SocketAddress::parse("[2001:DB8::1]:80")->to_string(), "[2001:db8::1]:80");
  EXPECT_EQ(SocketAddress::parse("127.0.0.1:0080")->to_string(), "127.0.0.1:80");
}

TEST(SocketAddress, family_and_port_are_returned) {
  const auto v4 = SocketAddress::parse("10.1.2.3:258").value();
  EXPECT_EQ(v4.family(), AF_INET);
  EXPECT_EQ(v4.port(), 258) << "in the byte order of this machine";
  EXPECT_EQ(v4.size(), sizeof(sockaddr_in));
  const auto v6 = SocketAddress::parse("[::1]:258").value();
  EXPECT_EQ(v6.family(), AF_INET6);
  EXPECT_EQ(v6.port(), 258);
  EXPECT_EQ(v6.size(), sizeof(sockaddr_in6));
}

TEST(SocketAddress, the_usual_ones_have_names) {
  EXPECT_EQ(SocketAddress().to_string(), "0.0.0.0:0");
  EXPECT_EQ(SocketAddress::any(7).to_string(), "0.0.0.0:7");
  EXPECT_EQ(SocketAddress::loopback(7).to_string(), "127.0.0.1:7");
  EXPECT_EQ(SocketAddress::loopback_v6(7).to_string(), "[::1]:7");
}

TEST(SocketAddress, a_zone_is_an_interface_by_name_or_number) {
  const auto by_number = SocketAddress::parse("[fe80::1%1]:80");
  ASSERT_TRUE(by_number);
  EXPECT_EQ(by_number->to_string(), "[fe80::1%1]:80");
  const auto by_name = SocketAddress::parse("[fe80::1%lo]:80");
  ASSERT_TRUE(by_name);
  EXPECT_EQ(by_name->to_string(), "[fe80::1%" + std::to_string(::if_nametoindex("lo")) + "]:80");
  EXPECT_NE(*SocketAddress::parse("[fe80::1%7]:80"), *by_number);
}

TEST(SocketAddress, anything_else_is_refused) {
  for (const std::string_view text : {""sv,
                                      ":"sv,
                                      ":80"sv,
                                      "80"sv,
                                      "127.0.0.1"sv,
                                      "127.0.0.1:"sv,
                                      "127.0.0.1:65536"sv,
                                      "127.0.0.1:-1"sv,
                                      "127.0.0.1:+1"sv,
                                      "127.0.0.1: 1"sv,
                                      "127.0.0.1:1 "sv,
                                      "127.0.0.1:0x50"sv,
                                      "127.0.0.1:99999999999999999999"sv,
                                      "127.0.0:80"sv,
                                      "127.0.0.1.1:80"sv,
                                      "256.0.0.1:80"sv,
                                      " 127.0.0.1:80"sv,
                                      "0x7f.0.0.1:80"sv,
                                      "localhost:80"sv,
                                      "::1:80"sv,
                                      "[::1]"sv,
                                      "[::1:80"sv,
                                      "::1]:80"sv,
                                      "[]:80"sv,
                                      "[:80"sv,
                                      "[::1]80"sv,
                                      "[127.0.0.1]:80"sv,
                                      "[::g]:80"sv,
                                      "[fe80::1%]:80"sv,
                                      "[fe80::1%0]:80"sv,
                                      "[fe80::1%no_such_if]:80"sv,
                                      "127.0.0.1%1:80"sv,
                                      "[fe80::1%99999999999]:80"sv,
                                      "127.0.0.1\0:80"sv,
                                      "127.0.0.1:80\0"sv,
                                      "[::1\0]:80"sv,
                                      "[fe80::1%lo\0]:80"sv}) {
    const auto address = SocketAddress::parse(text);
    ASSERT_FALSE(address) << '"' << text << "\" was read as " << address->to_string();
    EXPECT_EQ(sys::error_of(address), std::errc::invalid_argument) << text;
  }
}

TEST(SocketAddress, equal_means_family_address_port_and_zone) {
  const auto parse = [](const char* text) { return SocketAddress::parse(text).value(); };
  EXPECT_EQ(parse("10.0.0.1:80"), parse("10.0.0.1:80"));
  EXPECT_NE(parse("10.0.0.1:80"), parse("10.0.0.1:81"));
  EXPECT_NE(parse("10.0.0.1:80"), parse("10.0.0.2:80"));
  EXPECT_NE(parse("0.0.0.0:80"), parse("[::]:80"));
  EXPECT_EQ(parse("[::1]:80"), parse("[0::1]:80"));
  EXPECT_NE(parse("[::1]:80"), parse("[::2]:80"));
}

TEST(SocketAddress, comes_back_from_what_a_system_call_wrote) {
  for (const auto text : {"10.0.0.1:80", "[fe80::1%1]:443"}) {
    const auto address = SocketAddress::parse(text).value();
    sockaddr_storage storage{};
    std::memcpy(&storage, address.data(), address.size());
    auto* const raw = reinterpret_cast<const sockaddr*>(&storage);
    EXPECT_EQ(SocketAddress::from_raw(raw, address.size()), address);
    EXPECT_EQ(SocketAddress::from_raw(raw, sizeof storage), address);
    EXPECT_EQ(sys::error_of(SocketAddress::from_raw(raw, address.size() - 1)),
              std::errc::invalid_argument);
    EXPECT_EQ(sys::error_of(SocketAddress::from_raw(raw, 0)), std::errc::invalid_argument);
  }
}

TEST(SocketAddress, an_address_of_another_family_is_refused) {
  sockaddr_un unix_address{};
  unix_address.sun_family = AF_UNIX;
  const auto* const raw = reinterpret_cast<const sockaddr*>(&unix_address);
  EXPECT_EQ(sys::error_of(SocketAddress::from_raw(raw, sizeof unix_address)),
            std::errc::address_family_not_supported);
}

TEST(ParsePort, takes_a_whole_decimal_number_in_range_and_nothing_else) {
  EXPECT_EQ(epoll::parse_port("0"), 0);
  EXPECT_EQ(epoll::parse_port("8000"), 8000);
  EXPECT_EQ(epoll::parse_port("65535"), 65535);
  for (const char* text : {"", "65536", "99999", "-1", "+1", " 1", "1 ", "0x10", "80a", "a"})
    EXPECT_EQ(epoll::parse_port(text), std::nullopt) << '"' << text << '"';
}

}  // namespace
