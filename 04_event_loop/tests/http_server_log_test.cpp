// The log of an HttpServer: the originals' lines with `verbose`, and next to nothing without.
#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "event_loop/http_server.hpp"
#include "server_rig.hpp"

namespace {

using event_loop::HttpServerOptions;
using event_loop::testing::binary;
using event_loop::testing::Client;
using event_loop::testing::ServerRig;

HttpServerOptions verbose() {
  HttpServerOptions options;
  options.verbose = true;
  return options;
}
std::size_t starting_with(const ServerRig& rig, std::string_view begin) {
  return static_cast<std::size_t>(
      std::ranges::count_if(rig.log, [&](const auto& line) { return line.starts_with(begin); }));
}

TEST(ServerLog, has_the_lines_of_the_originals_in_their_order) {
  ServerRig rig(verbose());
  const std::string head = "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\n";
  Client& client = rig.connect().send(head + binary(1000));
  ASSERT_TRUE(rig.answered(client));
  ASSERT_EQ(rig.log.size(), 5u) << ::testing::PrintToString(rig.log);
  EXPECT_TRUE(rig.log[0].starts_with("new client: 127.0.0.1:")) << rig.log[0];
  EXPECT_EQ(rig.log[1], "set content length: 1000 bytes");
  EXPECT_EQ(rig.log[2], "got all data: " + std::to_string(head.size() + 1000) + " bytes");
  EXPECT_EQ(rig.log[3], "requests in flight: 1");
  EXPECT_EQ(rig.log[4], "answered from request 101");
}

TEST(ServerLog, counts_the_true_bytes_of_each_request_however_they_come) {
  ServerRig rig(verbose());
  const std::string get = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
  const std::string chunked =
      "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  const auto line = [](std::size_t bytes) {
    return "got all data: " + std::to_string(bytes) + " bytes";
  };
  Client& at_once = rig.connect().send(get + chunked + get);
  ASSERT_TRUE(rig.answered(at_once, 3));
  EXPECT_EQ(rig.logged(line(get.size())), 2u);
  EXPECT_EQ(rig.logged(line(chunked.size())), 1u);

  Client& in_pieces = rig.connect();
  for (const char byte : chunked) {
    in_pieces.send({&byte, 1});
    rig.turn();
  }
  ASSERT_TRUE(rig.answered(in_pieces));
  EXPECT_EQ(rig.logged(line(chunked.size())), 2u);
  EXPECT_EQ(starting_with(rig, "set content length"), 0u) << "no client has sent one";
}

TEST(ServerLog, logs_a_length_once_although_the_body_mentions_others) {
  ServerRig rig(verbose());
  const std::string body = "notes on HTTP\ncontent-length: 10\n" + std::string(50'000, '.');
  Client& client = rig.connect().ask("POST", "/", body);
  ASSERT_TRUE(rig.answered(client));
  EXPECT_EQ(starting_with(rig, "set content length"), 1u);
  EXPECT_EQ(rig.logged("set content length: " + std::to_string(body.size()) + " bytes"), 1u);
}

TEST(ServerLog, numbers_the_connections_and_counts_the_requests_in_flight) {
  ServerRig rig(verbose());
  Client& first = rig.connect().send("GET / HT");
  rig.settle();
  Client& second = rig.connect().ask("GET", "/").ask("GET", "/");
  ASSERT_TRUE(rig.answered(second, 2));
  EXPECT_EQ(rig.logged("requests in flight: 2"), 2u);
  EXPECT_EQ(rig.logged("answered from request 102"), 2u);
  EXPECT_EQ(rig.logged("answered from request 101"), 0u);
  first.send("TP/1.1\r\nHost: test\r\n\r\n");
  ASSERT_TRUE(rig.answered(first));
  EXPECT_EQ(rig.logged("answered from request 101"), 1u);
  EXPECT_EQ(rig.log.back(), "answered from request 101");
}

TEST(ServerLog, an_answer_that_was_not_sent_is_not_logged_as_answered) {
  const std::string large = binary(16 * 1024 * 1024);
  ServerRig rig(verbose(), [&](const http::Request&) { return http::Response::text(200, large); });
  Client& client = rig.connect(true);
  client.reads = false;
  client.ask("GET", "/");
  rig.settle();
  client.reset();
  EXPECT_TRUE(rig.until([&] { return rig.server().connections() == 0; }));
  EXPECT_EQ(starting_with(rig, "answered"), 0u);
}

TEST(ServerLog, says_what_was_wrong_with_a_request) {
  ServerRig rig(verbose());
  Client& client = rig.connect().send("GET / HTTP/9.9\r\nHost: test\r\n\r\n");
  ASSERT_TRUE(rig.ended(client));
  EXPECT_EQ(starting_with(rig, "request 101 refused: 505 "), 1u)
      << ::testing::PrintToString(rig.log);
}

// What a handler throws may hold what a client has sent.
TEST(ServerLog, a_client_can_write_no_line_of_it_and_command_no_terminal) {
  ServerRig rig({}, [](const http::Request& request) -> http::Response {
    throw std::runtime_error(std::string(request.body_text()));
  });
  Client& client = rig.connect().ask("POST", "/", "x\nrequest 7: all is well\x1b[2J\xc2\x9b");
  ASSERT_TRUE(rig.ended(client));
  ASSERT_EQ(rig.log.size(), 1u);
  EXPECT_EQ(rig.log[0],
            "request 101: the handler failed: x\\x0arequest 7: all is well\\x1b[2J\\xc2\\x9b");
}

TEST(ServerLog, is_quiet_unless_asked_to_talk) {
  ServerRig rig;
  Client& good = rig.connect().ask("POST", "/", "body");
  Client& bad = rig.connect().send("no HTTP at all\r\n\r\n");
  Client& gone = rig.connect().send("GET / HT");
  ASSERT_TRUE(rig.answered(good));
  ASSERT_TRUE(rig.ended(bad));
  gone.reset();
  rig.settle();
  EXPECT_TRUE(rig.log.empty()) << ::testing::PrintToString(rig.log);
}

TEST(ServerLog, grows_with_the_requests_and_not_with_the_wake_ups) {
  ServerRig rig(verbose());
  Client& client =
      rig.connect().send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 500\r\n\r\n");
  const auto turns = rig.loop().turns();
  for (int i = 0; i < 500; ++i) {
    client.send("x");
    rig.turn();
  }
  ASSERT_TRUE(rig.answered(client));
  EXPECT_GE(rig.loop().turns() - turns, 500u);
  EXPECT_EQ(rig.log.size(), 5u);
}

TEST(ServerLog, a_line_for_which_it_throws_is_lost_and_nothing_else) {
  bool is_full = true;
  std::vector<std::string> lines;
  event_loop::ServerLog log([&](std::string_view line) {
    if (is_full) throw std::runtime_error("the disk is full");
    lines.emplace_back(line);
  });
  log.write("one");
  log.failure("two", "why");
  is_full = false;
  log.write("three");
  EXPECT_EQ(lines, std::vector<std::string>{"three"});
  EXPECT_EQ(log.lines_lost(), 2u);
}

}  // namespace
