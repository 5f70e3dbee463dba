// How a server ends: see HttpServer::drain.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "event_loop/http_server.hpp"
#include "server_rig.hpp"
#include "syscall/open_descriptors.hpp"

namespace {

using event_loop::Clock;
using event_loop::HttpServer;
using event_loop::HttpServerOptions;
using event_loop::testing::binary;
using event_loop::testing::Client;
using event_loop::testing::ServerRig;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// More time than any test takes.
constexpr std::chrono::hours kForever{1};

TEST(Drain, a_server_without_connections_is_done_soon_but_not_inside_the_call) {
  ServerRig rig;
  bool done = false;
  rig.server().drain(kForever, [&] { done = true; });
  EXPECT_FALSE(done);
  ASSERT_TRUE(rig.until([&] { return done; }));
  EXPECT_EQ(rig.loop().sources(), 0u);
}

TEST(Drain, lets_no_client_in_any_more) {
  ServerRig rig;
  Client& busy = rig.connect().send("GET / HTTP/1.1\r\n");
  rig.settle();
  rig.server().drain(kForever, [] {});
  rig.settle();
  EXPECT_THROW(rig.connect(), std::system_error) << "the port is still open";
  EXPECT_FALSE(busy.ended());
}

TEST(Drain, clients_that_wait_in_the_queue_get_their_answers) {
  ServerRig rig;
  std::vector<Client*> queued;
  // More than a turn lets in: the events of the turn that drains come before it.
  for (int i = 0; i < 100; ++i) queued.push_back(&rig.connect().ask("GET", "/"));
  bool done = false;
  rig.server().drain(kForever, [&] { done = true; });
  for (Client* const client : queued) {
    ASSERT_TRUE(rig.ended(*client));
    ASSERT_EQ(client->answers().size(), 1u);
    EXPECT_EQ(client->answers().front().status, 200);
    client->close();
  }
  ASSERT_TRUE(rig.until([&] { return done; }));
}

TEST(Drain, a_request_that_has_arrived_unnoticed_is_answered) {
  HttpServer* server = nullptr;
  Client* idle = nullptr;
  ServerRig rig({}, [&](const http::Request& request) {
    if (request.path() == "/quit") {
      idle->ask("GET", "/");  // after the wait of this turn, before its timers: before the drain
      server->drain(kForever, [] {});
    }
    return http::Response::text(200, "");
  });
  server = &rig.server();
  idle = &rig.connect().ask("GET", "/");
  ASSERT_TRUE(rig.answered(*idle));
  rig.connect().ask("GET", "/quit");
  ASSERT_TRUE(rig.ended(*idle));
  ASSERT_EQ(idle->answers().size(), 2u);
  EXPECT_FALSE(idle->answers().back().keep_alive);
}

TEST(Drain, a_time_limit_without_end_is_not_over_at_once) {
  HttpServerOptions options;
  for (auto* const timeout : {&options.head_timeout, &options.body_timeout, &options.write_timeout,
                              &options.idle_timeout})
    *timeout = std::chrono::milliseconds::max();
  ServerRig rig(options);
  Client& client = rig.connect().send("GET / HTTP/1.1\r\n");
  rig.settle();
  bool done = false;
  rig.server().drain(std::chrono::milliseconds::max(), [&] { done = true; });
  rig.settle();
  EXPECT_FALSE(done);
  client.send("Host: test\r\n\r\n");
  ASSERT_TRUE(rig.ended(client));
  EXPECT_EQ(client.answers().size(), 1u);
  client.close();
  ASSERT_TRUE(rig.until([&] { return done; }));
}

TEST(Drain, a_body_that_is_coming_in_may_come_to_its_end) {
  ServerRig rig(
      {}, [](const http::Request& request) { return http::Response::bytes(200, request.body); });
  const std::string body = binary(3 * 1024 * 1024);
  Client& client = rig.connect().send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: " +
                                      std::to_string(body.size()) + "\r\n\r\n");
  client.send(body.substr(0, 1000));
  rig.settle();
  bool done = false;
  rig.server().drain(kForever, [&] { done = true; });
  rig.settle();
  client.send(body.substr(1000));
  ASSERT_TRUE(rig.ended(client));
  ASSERT_EQ(client.answers().size(), 1u);
  EXPECT_TRUE(client.answers().front().body == body);
  EXPECT_FALSE(client.answers().front().keep_alive);
  client.close();
  EXPECT_TRUE(rig.until([&] { return done; }));
}

TEST(Drain, a_slow_reader_gets_the_whole_of_its_answer) {
  const std::string large = binary(8 * 1024 * 1024);
  ServerRig rig({}, [&](const http::Request&) { return http::Response::text(200, large); });
  Client& client = rig.connect(true);
  client.reads = false;
  client.ask("GET", "/");
  rig.settle();
  ASSERT_EQ(rig.server().requests_in_flight(), 1u);
  bool done = false;
  rig.server().drain(kForever, [&] { done = true; });
  rig.settle();
  EXPECT_FALSE(done);
  client.reads = true;
  ASSERT_TRUE(rig.until([&] { return done; }));
  ASSERT_TRUE(rig.ended(client));
  ASSERT_EQ(client.answers().size(), 1u);
  EXPECT_TRUE(client.answers().front().body == large);
}

TEST(Drain, a_pipeline_that_has_come_is_answered_to_its_end) {
  ServerRig rig;
  Client& client = rig.connect();
  for (int i = 0; i < 150; ++i) client.ask("GET", "/");  // more than one turn answers
  rig.turn();                                            // lets it in
  rig.turn();                                            // answers the first 64
  ASSERT_LT(client.answers().size(), 150u);
  rig.server().drain(kForever, [] {});
  ASSERT_TRUE(rig.ended(client));
  ASSERT_EQ(client.answers().size(), 150u);
  EXPECT_TRUE(client.answers()[148].keep_alive);
  EXPECT_FALSE(client.answers()[149].keep_alive) << "the last one says goodbye";
}

TEST(Drain, a_client_that_is_not_done_in_time_is_closed_and_never_too_early) {
  ServerRig rig;
  Client& client = rig.connect().send("GET / HTTP/1.1\r\n");
  rig.settle();
  bool done = false;
  const auto begin = Clock::now();
  rig.server().drain(50ms, [&] { done = true; });
  ASSERT_TRUE(rig.until([&] { return done; }));
  EXPECT_GE(Clock::now() - begin, 50ms);
  EXPECT_EQ(rig.server().connections(), 0u);
  EXPECT_TRUE(rig.ended(client));
}

TEST(Drain, deadlines_still_apply_meanwhile) {
  HttpServerOptions options;
  options.head_timeout = 30ms;
  ServerRig rig(options);
  Client& client = rig.connect().send("GET / HTTP/1.1\r\n");
  rig.settle();
  bool done = false;
  rig.server().drain(kForever, [&] { done = true; });
  ASSERT_TRUE(rig.ended(client));
  ASSERT_EQ(client.answers().size(), 1u);
  EXPECT_EQ(client.answers().front().status, 408);
  client.close();
  ASSERT_TRUE(rig.until([&] { return done; }));
}

TEST(Drain, may_be_called_by_a_handler_whose_answer_still_goes_out) {
  HttpServer* server = nullptr;
  bool done = false;
  ServerRig rig({}, [&](const http::Request& request) {
    if (request.path() == "/quit") server->drain(kForever, [&] { done = true; });
    return http::Response::text(200, "as you wish");
  });
  server = &rig.server();
  Client& idle = rig.connect();
  Client& client = rig.connect().ask("GET", "/quit");
  ASSERT_TRUE(rig.ended(client));
  ASSERT_EQ(client.answers().size(), 1u);
  EXPECT_EQ(client.answers().front().body, "as you wish");
  EXPECT_EQ(client.error(), 0);
  EXPECT_TRUE(rig.ended(idle));
  ASSERT_TRUE(rig.until([&] { return done; }));
}

TEST(Drain, the_server_may_be_destroyed_when_it_is_done) {
  const sys::DescriptorWatch descriptors;
  {
    ServerRig rig;
    bool done = false;
    Client& client = rig.connect().ask("GET", "/");
    ASSERT_TRUE(rig.answered(client));
    rig.server().drain(kForever, [&] {
      rig.stop();
      done = true;
    });
    ASSERT_TRUE(rig.until([&] { return done; }));
    EXPECT_EQ(rig.loop().sources(), 0u);
    EXPECT_EQ(rig.loop().timers().size(), 0u);
  }
  EXPECT_EQ(descriptors.change(), 0);
}

TEST(Drain, the_server_may_be_destroyed_in_the_middle_of_it) {
  ServerRig rig;
  bool done = false;
  Client& client = rig.connect().send("GET / HTTP/1.1\r\n");
  rig.settle();
  rig.server().drain(10ms, [&] { done = true; });
  rig.turn();
  rig.stop();
  EXPECT_TRUE(rig.ended(client));
  EXPECT_EQ(rig.loop().run_once(30ms), 0u);
  EXPECT_FALSE(done) << "there is nothing left that could be done";
}

TEST(Drain, a_second_call_takes_the_place_of_the_first) {
  ServerRig rig;
  rig.connect().send("GET / HTTP/1.1\r\n");
  rig.settle();
  std::string done;
  rig.server().drain(1s, [&] { done += "first"; });
  rig.settle();
  rig.server().drain(20ms, [&] { done += "second"; });
  ASSERT_TRUE(rig.until([&] { return !done.empty(); }));
  rig.settle();
  EXPECT_EQ(done, "second");
}

TEST(Drain, may_end_without_a_callback) {
  ServerRig rig;
  Client& client = rig.connect();
  rig.settle();
  rig.server().drain(kForever, {});
  EXPECT_TRUE(rig.ended(client));
  rig.settle();
}

TEST(Drain, keeps_serving_while_its_notice_lasts_and_each_answer_is_the_last_of_its_connection) {
  ServerRig rig;
  Client& old = rig.connect().ask("GET", "/");
  ASSERT_TRUE(rig.answered(old));
  Client& idle = rig.connect();
  rig.settle();
  bool done = false;
  rig.server().drain(kForever, [&] { done = true; }, kForever);
  rig.settle();
  EXPECT_FALSE(old.ended()) << "what a proxy keeps is not closed under a request";
  old.ask("GET", "/");
  Client& late = rig.connect().ask("GET", "/");
  for (Client* const client : {&old, &late}) {
    ASSERT_TRUE(rig.ended(*client));
    EXPECT_EQ(client->answers().back().status, 200);
    EXPECT_FALSE(client->answers().back().keep_alive);
  }
  EXPECT_FALSE(idle.ended());
  EXPECT_FALSE(done);
}

TEST(Drain, begins_when_the_notice_is_over_and_not_before) {
  HttpServerOptions options;
  options.last_clients_timeout = 20ms;
  ServerRig rig(options);
  Client& idle = rig.connect();
  rig.settle();
  bool done = false;
  const auto begin = Clock::now();
  rig.server().drain(kForever, [&] { done = true; }, 30ms);
  ASSERT_TRUE(rig.ended(idle));
  EXPECT_GE(Clock::now() - begin, 50ms);
  EXPECT_THROW(rig.connect(), std::system_error) << "the port is still open";
  idle.close();
  ASSERT_TRUE(rig.until([&] { return done; }));
}

TEST(Drain, the_last_client_may_still_ask_when_no_other_is_let_in) {
  HttpServerOptions options;
  options.last_clients_timeout = std::chrono::hours(1);
  ServerRig rig(options);
  rig.server().drain(kForever, [] {}, 1ms);
  Client& last = rig.connect();
  ASSERT_TRUE(rig.until([&] {
    return rig.loop().sources() == 1 && rig.server().connections() == 1;
  })) << "the listener is gone, and the client is there";
  rig.settle();
  EXPECT_FALSE(last.ended());
  last.ask("GET", "/");
  ASSERT_TRUE(rig.ended(last));
  EXPECT_EQ(last.answers().size(), 1u);
}

TEST(Drain, a_second_call_without_a_notice_does_not_wait_for_that_of_the_first) {
  ServerRig rig;
  bool done = false;
  rig.server().drain(kForever, [] {}, kForever);
  rig.settle();
  rig.server().drain(kForever, [&] { done = true; });
  ASSERT_TRUE(rig.until([&] { return done; }));
}

TEST(Drain, a_paused_server_at_its_cap_can_drain_too) {
  HttpServerOptions options;
  options.max_connections = 1;
  ServerRig rig(options);
  Client& inside = rig.connect().send("GET / HTTP/1.1\r\n");
  rig.settle();
  Client& waiting = rig.connect();
  bool done = false;
  rig.server().drain(10ms, [&] { done = true; });
  ASSERT_TRUE(rig.until([&] { return done; }));
  EXPECT_TRUE(rig.ended(inside));
  EXPECT_TRUE(rig.ended(waiting));
}

}  // namespace
