// How long a connection may take: every phase has an end, and none ends early.
//
// Where a client is to be cut off, only the earliest moment is checked; where it is not, its bytes
// are there before each turn, and events come before timers. So no test depends on how busy the
// machine is.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "event_loop/http_server.hpp"
#include "server_rig.hpp"

namespace {

using event_loop::Clock;
using event_loop::HttpServerOptions;
using event_loop::testing::binary;
using event_loop::testing::Client;
using event_loop::testing::ServerRig;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr auto kShort = 60ms;

// All phases are long, for a test to make one of them short.
HttpServerOptions patient() {
  HttpServerOptions options;
  options.head_timeout = options.body_timeout = options.write_timeout = 60s;
  options.idle_timeout = options.linger_timeout = options.linger_total = 60s;
  return options;
}

const std::string kHead = "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 3000000\r\n\r\n";

// One byte each time the loop has had nothing to do for a moment, until the server has had enough:
// so many bytes that somebody who counts wake-ups would call it progress, and not 4096 of them.
int trickle(ServerRig& rig, Client& client) {
  int bytes = 0;
  while (!client.ended() && bytes < 4000) {
    client.send("x");
    ++bytes;
    for (int i = 0; i < 3; ++i) rig.turn(1ms);
  }
  return bytes;
}

void expect_408(const Client& client) {
  ASSERT_EQ(client.answers().size(), 1u);
  EXPECT_EQ(client.answers().front().status, 408);
  EXPECT_TRUE(client.answers().front().has("Connection: close"));
  EXPECT_EQ(client.error(), 0);
}

// A client that sends `beginning`, and then a byte now and then. A machine that stalls may end the
// time before a second byte comes, which would prove nothing: then the next client tries.
void expect_408_in_spite_of_a_trickle(const HttpServerOptions& options,
                                      const std::string& beginning) {
  ServerRig rig(options);
  int bytes = 0;
  while (bytes < 2) {
    Client& client = rig.connect();
    rig.settle();
    const auto begin = Clock::now();
    client.send(beginning);
    bytes = trickle(rig, client);
    EXPECT_GE(Clock::now() - begin, kShort);
    ASSERT_LT(bytes, 4000);
    expect_408(client);
    client.close();
  }
}

// --- the head

TEST(HeadDeadline, a_head_that_does_not_end_is_answered_with_408) {
  HttpServerOptions options = patient();
  options.head_timeout = kShort;
  ServerRig rig(options);
  Client& client = rig.connect();
  rig.settle();
  const auto begin = Clock::now();
  client.send("GET / HTTP/1.1\r\nHost: te");
  ASSERT_TRUE(rig.ended(client));
  EXPECT_GE(Clock::now() - begin, kShort);
  expect_408(client);
}

TEST(HeadDeadline, counts_from_the_first_byte_and_further_ones_do_not_put_it_off) {
  HttpServerOptions options = patient();
  options.head_timeout = kShort;
  expect_408_in_spite_of_a_trickle(options, "GET / HTTP/1.1\r\nX: ");
}

TEST(HeadDeadline, starts_anew_with_each_request) {
  HttpServerOptions options = patient();
  options.head_timeout = kShort;
  ServerRig rig(options);
  Client& client = rig.connect();
  const auto begin = Clock::now();
  std::size_t requests = 0;
  // Each turn ends one request and begins the next: there is always one that has begun.
  client.send("GET / HTTP/1.1\r\nHo");
  while (Clock::now() - begin < 3 * kShort) {
    client.send("st: test\r\n\r\nGET / HTTP/1.1\r\nHo");
    rig.turn();
    ++requests;
    ASSERT_FALSE(client.ended()) << "cut off, though each request took one turn";
  }
  ASSERT_TRUE(rig.answered(client, requests));
}

TEST(HeadDeadline, counts_again_for_a_head_that_has_begun_behind_an_answered_request) {
  HttpServerOptions options = patient();
  options.head_timeout = kShort;
  ServerRig rig(options);
  Client& client = rig.connect();
  rig.settle();
  const auto begin = Clock::now();
  client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\nGET / HT");
  ASSERT_TRUE(rig.ended(client));
  EXPECT_GE(Clock::now() - begin, kShort);
  ASSERT_EQ(client.answers().size(), 2u);
  EXPECT_EQ(client.answers()[0].status, 200);
  EXPECT_EQ(client.answers()[1].status, 408);
}

// --- the body

TEST(BodyDeadline, a_body_that_stops_is_answered_with_408) {
  HttpServerOptions options = patient();
  options.body_timeout = kShort;
  ServerRig rig(options);
  Client& client = rig.connect();
  rig.settle();
  const auto begin = Clock::now();
  client.send(kHead + binary(50'000));
  ASSERT_TRUE(rig.ended(client));
  EXPECT_GE(Clock::now() - begin, kShort);
  expect_408(client);
}

TEST(BodyDeadline, a_byte_now_and_then_is_no_progress) {
  HttpServerOptions options = patient();
  options.body_timeout = kShort;
  expect_408_in_spite_of_a_trickle(options, kHead);
}

TEST(BodyDeadline, a_body_that_comes_on_may_take_much_longer) {
  HttpServerOptions options = patient();
  options.body_timeout = kShort;
  options.context.session.body = http::BodyMode::discard;
  options.context.session.limits.body = std::size_t{1} << 40;
  ServerRig rig(options);
  Client& client = rig.connect();
  client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000000000\r\n\r\n");
  const std::string step = binary(4096);
  const auto begin = Clock::now();
  while (Clock::now() - begin < 3 * kShort) {
    client.send(step);
    rig.turn();
    ASSERT_FALSE(client.ended());
  }
}

TEST(BodyDeadline, begins_when_the_head_is_complete) {
  HttpServerOptions options = patient();
  options.head_timeout = kShort;
  ServerRig rig(options);
  const std::string body = binary(3'000'000);
  Client& client = rig.connect().send(kHead);
  rig.settle();
  const auto begin = Clock::now();
  ASSERT_TRUE(rig.until([&] { return Clock::now() - begin > 2 * kShort; }));
  client.send(body);
  ASSERT_TRUE(rig.answered(client)) << "the deadline of the head has cut the body off";
  EXPECT_EQ(client.answers().front().status, 200);
}

// --- between requests

TEST(IdleDeadline, a_client_that_never_asks_is_closed_without_a_word) {
  HttpServerOptions options = patient();
  options.idle_timeout = kShort;
  ServerRig rig(options);
  const auto begin = Clock::now();
  Client& client = rig.connect();
  ASSERT_TRUE(rig.ended(client));
  EXPECT_GE(Clock::now() - begin, kShort);
  EXPECT_EQ(client.received(), "");
  EXPECT_EQ(client.error(), 0);
}

TEST(IdleDeadline, counts_from_the_last_answer) {
  HttpServerOptions options = patient();
  options.idle_timeout = kShort;
  ServerRig rig(options);
  Client& client = rig.connect();
  auto begin = Clock::now();
  std::size_t asked = 0;
  while (Clock::now() - begin < 3 * kShort) {
    client.ask("GET", "/");
    rig.turn();
    ++asked;
    ASSERT_FALSE(client.ended());
  }
  ASSERT_TRUE(rig.answered(client, asked));
  begin = Clock::now();
  client.ask("GET", "/");
  ASSERT_TRUE(rig.ended(client));
  EXPECT_GE(Clock::now() - begin, kShort);
  EXPECT_EQ(client.answers().size(), asked + 1);
}

TEST(IdleDeadline, an_empty_line_is_no_request) {
  HttpServerOptions options = patient();
  options.idle_timeout = kShort;
  ServerRig rig(options);
  const auto begin = Clock::now();
  Client& client = rig.connect().send("\r\n");
  ASSERT_TRUE(rig.ended(client));
  EXPECT_GE(Clock::now() - begin, kShort);
  EXPECT_EQ(client.received(), "");
}

TEST(IdleDeadline, costs_one_timer_for_a_connection_however_many_requests) {
  ServerRig rig(patient());
  Client& client = rig.connect();
  client.ask("GET", "/");
  ASSERT_TRUE(rig.answered(client));
  const auto placed = rig.loop().timers().slots_written();
  for (std::size_t i = 2; i <= 10; ++i) {
    client.ask("GET", "/");
    ASSERT_TRUE(rig.answered(client, i));
  }
  EXPECT_EQ(rig.loop().timers().size(), 1u);
  EXPECT_EQ(rig.loop().timers().slots_written(), placed) << "it stays where it is";
}

// --- the answer

TEST(WriteDeadline, a_client_that_does_not_read_is_cut_off) {
  HttpServerOptions options = patient();
  options.write_timeout = kShort;
  const std::string large = binary(16 * 1024 * 1024);
  ServerRig rig(options, [&](const http::Request& request) {
    return http::Response::text(200, request.path() == "/large" ? large : "small");
  });
  Client& client = rig.connect(true);
  rig.settle();
  client.reads = false;
  const auto begin = Clock::now();
  client.ask("GET", "/large");
  ASSERT_TRUE(rig.until([&] { return rig.server().connections() == 0; }));
  EXPECT_GE(Clock::now() - begin, kShort);
  EXPECT_TRUE(rig.serves());
}

TEST(WriteDeadline, a_client_that_reads_a_little_now_and_then_is_no_reader) {
  HttpServerOptions options = patient();
  options.write_timeout = kShort;
  const std::string large = binary(16 * 1024 * 1024);
  ServerRig rig(options, [&](const http::Request&) { return http::Response::text(200, large); });
  Client& client = rig.connect(true);
  rig.settle();
  const auto begin = Clock::now();
  client.ask("GET", "/");
  client.read_limit = 8;
  int turns = 0;
  while (rig.server().connections() != 0 && turns < 2000) {
    rig.turn(1ms);
    rig.loop().run_once(1ms).value();
    ++turns;
  }
  EXPECT_EQ(rig.server().connections(), 0u);
  EXPECT_GE(Clock::now() - begin, kShort);
}

// The kernel takes megabytes from us at once, and says that it has room again when a third of them
// is gone. A client that reads steadily must not be taken for one that does not read, meanwhile.
TEST(WriteDeadline, a_client_that_reads_slowly_gets_the_whole_of_its_answer) {
  HttpServerOptions options = patient();
  options.write_timeout = 500ms;
  const std::string large = binary(5 * 1024 * 1024);
  ServerRig rig(options, [&](const http::Request&) { return http::Response::text(200, large); });
  Client& client = rig.connect(true);
  client.ask("GET", "/");
  client.read_limit = 1500;
  const auto begin = Clock::now();
  while (Clock::now() - begin < 3 * options.write_timeout) {
    rig.turn(1ms);
    ASSERT_FALSE(client.ended()) << "cut off after " << client.received().size() << " bytes";
  }
  client.read_limit = 0;
  ASSERT_TRUE(rig.answered(client));
  EXPECT_TRUE(client.answers().front().body == large);
}

// --- the end

TEST(LingerDeadline, a_client_that_does_not_take_the_end_is_closed_after_all) {
  HttpServerOptions options = patient();
  options.linger_timeout = kShort;
  ServerRig rig(options);
  Client& client = rig.connect().send("GET / HTTP/1.0\r\n\r\n");
  const auto begin = Clock::now();
  ASSERT_TRUE(rig.ended(client));  // our side stays open
  ASSERT_EQ(client.answers().size(), 1u);
  EXPECT_EQ(rig.server().connections(), 1u);
  ASSERT_TRUE(rig.until([&] { return rig.server().connections() == 0; }));
  EXPECT_GE(Clock::now() - begin, kShort);
}

TEST(LingerDeadline, a_client_that_sends_on_and_on_is_closed_after_all) {
  HttpServerOptions options = patient();
  options.linger_total = kShort;
  ServerRig rig(options);
  Client& client = rig.connect().send("no HTTP\r\n\r\n");
  ASSERT_TRUE(rig.answered(client));
  const std::string more = binary(10'000);
  ASSERT_TRUE(rig.until([&] {
    if (client.unsent() == 0) client.send(more);
    return rig.server().connections() == 0;
  }));
  EXPECT_EQ(client.answers().front().status, 400);
}

// As http.client does it, and nginx in front of a server: all of the body first, then the answer.
TEST(LingerDeadline, a_client_that_sends_more_than_any_limit_before_it_reads_gets_to_read_413) {
  ServerRig rig(patient());
  Client& client =
      rig.connect().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
  client.reads = false;
  const std::string piece(1'000'000, 'x');
  for (int i = 0; i < 100; ++i) {
    client.send(piece);
    ASSERT_TRUE(rig.until([&] { return client.unsent() == 0 || client.error() != 0; }));
    ASSERT_EQ(client.error(), 0) << "after " << i << " MB";
  }
  client.reads = true;
  ASSERT_TRUE(rig.ended(client));
  ASSERT_EQ(client.answers().size(), 1u);
  EXPECT_EQ(client.answers().front().status, 413);
  EXPECT_EQ(client.error(), 0);
}

TEST(LingerDeadline, a_client_that_closes_is_gone_at_once) {
  ServerRig rig(patient());
  Client& client = rig.connect().send("GET / HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(rig.ended(client));
  EXPECT_EQ(rig.server().connections(), 1u);
  client.close();
  ASSERT_TRUE(rig.until([&] { return rig.server().connections() == 0; }));
}

// --- all of them

TEST(Deadlines, none_is_left_without_one) {
  ServerRig rig(patient());
  const std::vector<std::string> beginnings = {"",
                                               "GET",
                                               kHead,
                                               kHead + "body",
                                               "\r\n",
                                               "GET / HTTP/1.0\r\n\r\n",
                                               "bad\r\n\r\n",
                                               "GET / HTTP/1.1\r\nHost: test\r\n\r\n"};
  for (const std::string& bytes : beginnings) rig.connect().send(bytes);
  rig.settle();
  EXPECT_EQ(rig.server().connections(), beginnings.size());
  EXPECT_EQ(rig.loop().timers().size(), beginnings.size());
}

}  // namespace
