// An HttpServer behind a proxy that begins each connection with a header of the PROXY protocol.
#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "event_loop/http_server.hpp"
#include "server_rig.hpp"

namespace http_server_proxy_test {

using event_loop::HttpServerOptions;
using event_loop::testing::Client;
using event_loop::testing::ServerRig;
using std::string_view_literals::operator""sv;

constexpr std::string_view kFrom192 =
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xC0\0\x02\x01\xC6\x33\x64\x02\x30\x39\x01\xBB"sv;
constexpr std::string_view kLocal = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"sv;

HttpServerOptions behind_proxy() {
  HttpServerOptions options;
  options.proxy_protocol = options.verbose = true;
  return options;
}

TEST(ProxyProtocol, the_address_in_the_log_is_the_one_that_the_proxy_sends) {
  ServerRig rig(behind_proxy());
  Client& client = rig.connect().send(kFrom192).ask("GET", "/");
  ASSERT_TRUE(rig.answered(client));
  EXPECT_EQ(client.answers().front().status, 200);
  EXPECT_EQ(rig.log.front(), "new client: 192.0.2.1:12345");
}

TEST(ProxyProtocol, a_connection_of_the_proxy_itself_has_its_own_address) {
  ServerRig rig(behind_proxy());
  Client& client = rig.connect().send(kLocal).ask("GET", "/");
  ASSERT_TRUE(rig.answered(client));
  EXPECT_TRUE(rig.log.front().starts_with("new client: 127.0.0.1:")) << rig.log.front();
}

TEST(ProxyProtocol, a_header_in_pieces_is_waited_for) {
  ServerRig rig(behind_proxy());
  Client& client = rig.connect();
  for (const char& byte : kFrom192) {
    client.send({&byte, 1});
    rig.turn();
  }
  ASSERT_TRUE(rig.answered(client.ask("GET", "/")));
}

TEST(ProxyProtocol, a_connection_without_it_is_closed_and_the_log_says_so_once_a_second) {
  ServerRig rig(behind_proxy());
  for (int i = 0; i < 3; ++i) {
    Client& client = rig.connect().ask("GET", "/");
    ASSERT_TRUE(rig.ended(client));
    EXPECT_EQ(client.received(), "");
  }
  EXPECT_GE(rig.logged("closed a connection: its PROXY header is missing or invalid"), 1u);
  Client& cut_off = rig.connect().send(kFrom192.substr(0, 20)).finish_sending();
  ASSERT_TRUE(rig.ended(cut_off));
  EXPECT_EQ(cut_off.received(), "");
}

TEST(ProxyProtocol, a_header_that_does_not_come_is_waited_for_as_long_as_a_request) {
  HttpServerOptions options = behind_proxy();
  options.idle_timeout = std::chrono::milliseconds(30);
  ServerRig rig(options);
  Client& silent = rig.connect();
  Client& begun = rig.connect().send(kFrom192.substr(0, 5));
  ASSERT_TRUE(rig.ended(silent));
  ASSERT_TRUE(rig.ended(begun));
}

TEST(ProxyProtocol, a_drain_reads_the_header_of_a_request_that_waits_and_waits_for_no_other) {
  ServerRig rig(behind_proxy());
  Client& silent = rig.connect();
  rig.settle();
  Client& queued = rig.connect().send(kFrom192).ask("GET", "/");
  bool done = false;
  rig.server().drain(std::chrono::hours(1), [&] { done = true; });
  ASSERT_TRUE(rig.ended(queued));
  EXPECT_EQ(queued.answers().size(), 1u);
  ASSERT_TRUE(rig.ended(silent));
  queued.close();
  ASSERT_TRUE(rig.until([&] { return done; }));
}

}  // namespace http_server_proxy_test
