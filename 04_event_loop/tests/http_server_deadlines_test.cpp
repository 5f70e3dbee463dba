// How long a connection may take: every phase has an end, and none ends early.
//
// Where a client is to be cut off, only the earliest moment is checked; where it is not, its bytes
// are there before each turn, and events come before timers. So no test depends on how busy the
// machine is.
#include <optional>
#include <string>
#include <utility>
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

const std::string kHead = "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 3000000\r\n\r\n";

// A server whose phases may all take a minute, but for the one that a test or its suite makes short.
class Deadlines : public testing::Test {
 protected:
  Deadlines() {
    options_.head_timeout = options_.body_timeout = options_.write_timeout = 60s;
    options_.idle_timeout = options_.linger_timeout = options_.linger_total = 60s;
  }

  // Started at first use.
  ServerRig& rig() {
    if (!rig_) rig_.emplace(options_, std::move(handler_));
    return *rig_;
  }
  // A client that is accepted. What it sends from here on is timed.
  Client& connect(bool small_receive_buffer = false) {
    Client& client = rig().connect(small_receive_buffer);
    rig().settle();
    begin_ = Clock::now();
    return client;
  }
  void expect_end_at_the_deadline(const Client& client) {
    ASSERT_TRUE(rig().ended(client));
    EXPECT_GE(Clock::now() - begin_, kShort);
  }
  void expect_close_at_the_deadline() {
    ASSERT_TRUE(rig().until([&] { return rig().server().connections() == 0; }));
    EXPECT_GE(Clock::now() - begin_, kShort);
  }
  // Three times as long as the deadline.
  [[nodiscard]] bool is_long_over() const { return Clock::now() - begin_ > 3 * kShort; }

  static void expect_408(const Client& client) {
    ASSERT_EQ(client.answers().size(), 1u);
    EXPECT_EQ(client.answers().front().status, 408);
    EXPECT_TRUE(client.answers().front().has("Connection: close"));
    EXPECT_EQ(client.error(), 0);
  }
  // A client that sends `beginning`, and then a byte now and then. A machine that stalls may end the
  // time before a second byte comes, which would prove nothing: then the next client tries.
  void expect_408_in_spite_of_a_trickle(const std::string& beginning) {
    int bytes = 0;
    while (bytes < 2) {
      Client& client = connect();
      client.send(beginning);
      bytes = trickle(client);
      EXPECT_GE(Clock::now() - begin_, kShort);
      ASSERT_LT(bytes, 4000);
      expect_408(client);
      client.close();
    }
  }
  // One byte each time the loop has had nothing to do for a moment, until the server has had enough:
  // so many bytes that a count of wake-ups would call it progress, and not 4096 of them.
  int trickle(Client& client) {
    int bytes = 0;
    while (!client.ended() && bytes < 4000) {
      client.send("x");
      ++bytes;
      for (int i = 0; i < 3; ++i) rig().turn(1ms);
    }
    return bytes;
  }

  HttpServerOptions options_;
  http::Handler handler_ = examples::answer_hello;
  std::optional<ServerRig> rig_;
  Clock::time_point begin_;
};

struct HeadDeadline : Deadlines {
  HeadDeadline() { options_.head_timeout = kShort; }
};
struct BodyDeadline : Deadlines {
  BodyDeadline() { options_.body_timeout = kShort; }
};
struct IdleDeadline : Deadlines {
  IdleDeadline() { options_.idle_timeout = kShort; }
};
struct WriteDeadline : Deadlines {
  WriteDeadline() { options_.write_timeout = kShort; }
  // What "/large" answers.
  void answer_with(std::size_t size) {
    handler_ = [large = binary(size)](const http::Request& request) {
      return http::Response::text(200, request.path() == "/large" ? large : "small");
    };
  }
};
using LingerDeadline = Deadlines;

// --- the head

TEST_F(HeadDeadline, a_head_that_does_not_end_is_answered_with_408) {
  Client& client = connect();
  client.send("GET / HTTP/1.1\r\nHost: te");
  expect_end_at_the_deadline(client);
  expect_408(client);
}

TEST_F(HeadDeadline, counts_from_the_first_byte_and_further_ones_do_not_put_it_off) {
  expect_408_in_spite_of_a_trickle("GET / HTTP/1.1\r\nX: ");
}

TEST_F(HeadDeadline, starts_anew_with_each_request) {
  Client& client = connect();
  std::size_t requests = 0;
  // Each turn ends one request and begins the next: there is always one that has begun.
  client.send("GET / HTTP/1.1\r\nHo");
  while (!is_long_over()) {
    client.send("st: test\r\n\r\nGET / HTTP/1.1\r\nHo");
    rig().turn();
    ++requests;
    ASSERT_FALSE(client.ended()) << "cut off, though each request took one turn";
  }
  ASSERT_TRUE(rig().answered(client, requests));
}

TEST_F(HeadDeadline, counts_again_for_a_head_that_has_begun_after_an_answered_request) {
  Client& client = connect();
  client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\nGET / HT");
  expect_end_at_the_deadline(client);
  ASSERT_EQ(client.answers().size(), 2u);
  EXPECT_EQ(client.answers()[0].status, 200);
  EXPECT_EQ(client.answers()[1].status, 408);
}

// --- the body

TEST_F(BodyDeadline, a_body_that_stops_is_answered_with_408) {
  Client& client = connect();
  client.send(kHead + binary(50'000));
  expect_end_at_the_deadline(client);
  expect_408(client);
}

TEST_F(BodyDeadline, a_byte_now_and_then_is_no_progress) {
  expect_408_in_spite_of_a_trickle(kHead);
}

TEST_F(BodyDeadline, a_body_that_comes_on_may_take_much_longer) {
  options_.context.session.body = http::BodyMode::discard;
  options_.context.session.limits.body = std::size_t{1} << 40;
  Client& client = connect();
  client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000000000\r\n\r\n");
  const std::string step = binary(4096);
  while (!is_long_over()) {
    client.send(step);
    rig().turn();
    ASSERT_FALSE(client.ended());
  }
}

TEST_F(BodyDeadline, begins_when_the_head_is_complete) {
  options_.head_timeout = kShort;
  options_.body_timeout = 60s;
  const std::string body = binary(3'000'000);
  Client& client = connect().send(kHead);
  ASSERT_TRUE(rig().until([&] { return is_long_over(); }));
  client.send(body);
  ASSERT_TRUE(rig().answered(client)) << "the deadline of the head has cut the body off";
  EXPECT_EQ(client.answers().front().status, 200);
}

// --- between requests

TEST_F(IdleDeadline, a_client_that_never_asks_is_closed_without_a_word) {
  begin_ = Clock::now();
  Client& client = rig().connect();
  expect_end_at_the_deadline(client);
  EXPECT_EQ(client.received(), "");
  EXPECT_EQ(client.error(), 0);
}

TEST_F(IdleDeadline, counts_from_the_last_answer) {
  begin_ = Clock::now();
  Client& client = rig().connect();
  std::size_t asked = 0;
  while (!is_long_over()) {
    client.ask("GET", "/");
    rig().turn();
    ++asked;
    ASSERT_FALSE(client.ended());
  }
  ASSERT_TRUE(rig().answered(client, asked));
  begin_ = Clock::now();
  client.ask("GET", "/");
  expect_end_at_the_deadline(client);
  EXPECT_EQ(client.answers().size(), asked + 1);
}

TEST_F(IdleDeadline, an_empty_line_is_no_request) {
  begin_ = Clock::now();
  Client& client = rig().connect().send("\r\n");
  expect_end_at_the_deadline(client);
  EXPECT_EQ(client.received(), "");
}

TEST_F(IdleDeadline, costs_one_timer_for_a_connection_however_many_requests) {
  options_.idle_timeout = 60s;
  Client& client = rig().connect();
  client.ask("GET", "/");
  ASSERT_TRUE(rig().answered(client));
  const auto placed = rig().loop().timers().slots_written();
  for (std::size_t i = 2; i <= 10; ++i) {
    client.ask("GET", "/");
    ASSERT_TRUE(rig().answered(client, i));
  }
  EXPECT_EQ(rig().loop().timers().size(), 1u);
  EXPECT_EQ(rig().loop().timers().slots_written(), placed) << "it stays where it is";
}

// --- the answer

TEST_F(WriteDeadline, a_client_that_does_not_read_is_cut_off) {
  answer_with(16 * 1024 * 1024);
  Client& client = connect(true);
  client.reads = false;
  client.ask("GET", "/large");
  expect_close_at_the_deadline();
  EXPECT_TRUE(rig().serves());
}

TEST_F(WriteDeadline, a_client_that_reads_a_little_now_and_then_is_no_reader) {
  answer_with(16 * 1024 * 1024);
  Client& client = connect(true);
  client.ask("GET", "/large");
  client.read_limit = 8;
  int turns = 0;
  while (rig().server().connections() != 0 && turns < 2000) {
    rig().turn(1ms);
    rig().loop().run_once(1ms).value();
    ++turns;
  }
  EXPECT_EQ(rig().server().connections(), 0u);
  EXPECT_GE(Clock::now() - begin_, kShort);
}

// The kernel takes megabytes from us at once, and says that it has room again when a third of them
// is gone. A client that reads steadily must not be taken for one that does not read, meanwhile.
TEST_F(WriteDeadline, a_client_that_reads_slowly_gets_the_whole_of_its_answer) {
  options_.write_timeout = 500ms;
  answer_with(5 * 1024 * 1024);
  Client& client = connect(true);
  client.ask("GET", "/large");
  client.read_limit = 1500;
  while (Clock::now() - begin_ < 3 * options_.write_timeout) {
    rig().turn(1ms);
    ASSERT_FALSE(client.ended()) << "cut off after " << client.received().size() << " bytes";
  }
  client.read_limit = 0;
  ASSERT_TRUE(rig().answered(client));
  EXPECT_TRUE(client.answers().front().body == binary(5 * 1024 * 1024));
}

// --- the end

TEST_F(LingerDeadline, a_client_that_does_not_take_the_end_is_closed_after_all) {
  options_.linger_timeout = kShort;
  Client& client = rig().connect().send("GET / HTTP/1.0\r\n\r\nmore");
  begin_ = Clock::now();
  ASSERT_TRUE(rig().ended(client));  // our side stays open
  ASSERT_EQ(client.answers().size(), 1u);
  EXPECT_EQ(rig().server().connections(), 1u);
  expect_close_at_the_deadline();
}

TEST_F(LingerDeadline, a_client_that_sends_on_and_on_is_closed_after_all) {
  options_.linger_total = kShort;
  Client& client = rig().connect().send("no HTTP\r\n\r\n");
  ASSERT_TRUE(rig().answered(client));
  const std::string more = binary(10'000);
  ASSERT_TRUE(rig().until([&] {
    if (client.unsent() == 0) client.send(more);
    return rig().server().connections() == 0;
  }));
  EXPECT_EQ(client.answers().front().status, 400);
}

// As http.client does it, and nginx in front of a server: all of the body first, then the answer.
TEST_F(LingerDeadline, a_client_that_sends_more_than_any_limit_before_it_reads_gets_to_read_413) {
  Client& client =
      rig().connect().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
  client.reads = false;
  const std::string piece(1'000'000, 'x');
  for (int i = 0; i < 100; ++i) {
    client.send(piece);
    ASSERT_TRUE(rig().until([&] { return client.unsent() == 0 || client.error() != 0; }));
    ASSERT_EQ(client.error(), 0) << "after " << i << " MB";
  }
  client.reads = true;
  ASSERT_TRUE(rig().ended(client));
  ASSERT_EQ(client.answers().size(), 1u);
  EXPECT_EQ(client.answers().front().status, 413);
  EXPECT_EQ(client.error(), 0);
}

TEST_F(LingerDeadline, a_client_that_closes_is_gone_at_once) {
  Client& client = rig().connect().send("GET / HTTP/1.0\r\n\r\nmore");
  ASSERT_TRUE(rig().ended(client));
  EXPECT_EQ(rig().server().connections(), 1u);
  client.close();
  ASSERT_TRUE(rig().until([&] { return rig().server().connections() == 0; }));
}

// --- all of them

TEST_F(Deadlines, none_is_left_without_one) {
  const std::vector<std::string> beginnings = {"",
                                               "GET",
                                               kHead,
                                               kHead + "body",
                                               "\r\n",
                                               "GET / HTTP/1.0\r\n\r\nmore",
                                               "bad\r\n\r\n",
                                               "GET / HTTP/1.1\r\nHost: test\r\n\r\n"};
  for (const std::string& bytes : beginnings) rig().connect().send(bytes);
  rig().settle();
  EXPECT_EQ(rig().server().connections(), beginnings.size());
  EXPECT_EQ(rig().loop().timers().size(), beginnings.size());
}

}  // namespace
