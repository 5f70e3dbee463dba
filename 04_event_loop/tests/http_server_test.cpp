#include "event_loop/http_server.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "server_rig.hpp"
#include "syscall/open_descriptors.hpp"

namespace {

using event_loop::Clock;
using event_loop::HttpServer;
using event_loop::HttpServerOptions;
using event_loop::testing::binary;
using event_loop::testing::Client;
using event_loop::testing::ServerRig;
using examples::kHello;
using std::chrono_literals::operator""ms;

http::Response echo(const http::Request& request) {
  return http::Response::bytes(200, request.body);
}
http::Response say_target(const http::Request& request) {
  return http::Response::text(200, request.target);
}

TEST(HttpServer, answers_a_request) {
  ServerRig rig;
  Client& client = rig.connect().ask("GET", "/");
  ASSERT_TRUE(rig.answered(client));
  const auto& answer = client.answers().front();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, kHello);
  EXPECT_TRUE(answer.has("Content-Length: 28")) << answer.fields;
  EXPECT_TRUE(answer.keep_alive);
  EXPECT_FALSE(client.ended());
}

TEST(HttpServer, answers_many_requests_on_one_connection) {
  ServerRig rig({}, say_target);
  Client& client = rig.connect();
  for (std::size_t i = 1; i <= 200; ++i) {
    client.ask("GET", "/" + std::to_string(i));
    ASSERT_TRUE(rig.answered(client, i));
    ASSERT_EQ(client.answers().back().body, "/" + std::to_string(i));
  }
  EXPECT_EQ(rig.server().connections(), 1u);
}

TEST(HttpServer, answers_a_pipeline_in_order) {
  ServerRig rig({}, [](const http::Request& request) {
    return http::Response::text(200,
                                std::string(request.target) + std::string(request.body_text()));
  });
  Client& client = rig.connect();
  for (int i = 0; i < 1000; ++i)
    client.ask(i % 3 == 0 ? "POST" : "GET", "/" + std::to_string(i),
               i % 3 == 0 ? std::string(static_cast<std::size_t>(i), 'x') : "");
  ASSERT_TRUE(rig.answered(client, 1000));
  for (int i = 0; i < 1000; ++i) {
    const std::string body = i % 3 == 0 ? std::string(static_cast<std::size_t>(i), 'x') : "";
    ASSERT_EQ(client.answers()[i].body, "/" + std::to_string(i) + body);
  }
}

TEST(HttpServer, serves_many_clients_at_once) {
  ServerRig rig({}, say_target);
  std::vector<Client*> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(&rig.connect());
  // All begin, then all end: each request is half there while the others come in.
  for (Client* client : clients) client->send("GET /same HTTP/1.1\r\nHo");
  EXPECT_TRUE(rig.until([&] { return rig.server().requests_in_flight() == 200; }));
  EXPECT_EQ(rig.server().connections(), 200u);
  for (Client* client : clients) client->send("st: test\r\n\r\n");
  for (Client* client : clients) {
    ASSERT_TRUE(rig.answered(*client));
    EXPECT_EQ(client->answers().front().body, "/same");
  }
  EXPECT_EQ(rig.server().requests_in_flight(), 0u);
}

TEST(HttpServer, a_head_that_comes_byte_by_byte_is_answered_after_its_last) {
  ServerRig rig;
  Client& client = rig.connect();
  const std::string request = "GET / HTTP/1.1\r\nHost: test\r\nX: y\r\n\r\n";
  for (const char byte : request) {
    EXPECT_TRUE(client.received().empty());
    client.send({&byte, 1});
    rig.settle();
  }
  ASSERT_TRUE(rig.answered(client));
  EXPECT_EQ(client.answers().front().status, 200);
}

TEST(HttpServer, a_half_closed_client_gets_its_answers_and_then_the_end) {
  ServerRig rig({}, say_target);
  Client& client = rig.connect().ask("GET", "/1").ask("GET", "/2").finish_sending();
  ASSERT_TRUE(rig.ended(client));
  ASSERT_EQ(client.answers().size(), 2u);
  EXPECT_EQ(client.answers()[1].body, "/2");
  EXPECT_EQ(client.error(), 0);
  EXPECT_TRUE(rig.until([&] { return rig.server().connections() == 0; }));
}

TEST(HttpServer, an_http_1_0_client_gets_its_answer_and_then_the_end) {
  ServerRig rig;
  Client& client = rig.connect().send("GET / HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(rig.ended(client));
  ASSERT_EQ(client.answers().size(), 1u);
  EXPECT_EQ(client.answers().front().body, kHello);
  EXPECT_EQ(client.error(), 0);
}

TEST(HttpServer, an_answer_to_head_has_the_length_and_no_body) {
  ServerRig rig;
  Client& client = rig.connect().ask("HEAD", "/").ask("GET", "/");
  ASSERT_TRUE(rig.answered(client, 2));
  EXPECT_TRUE(client.answers()[0].has("Content-Length: 28"));
  EXPECT_EQ(client.answers()[0].body, "");
  EXPECT_EQ(client.answers()[1].body, kHello);
}

TEST(HttpServer, a_client_that_expects_100_continue_gets_it_before_it_sends_its_body) {
  ServerRig rig({}, echo);
  Client& client = rig.connect().send(
      "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(rig.until([&] { return client.received().contains("\r\n\r\n"); }));
  EXPECT_EQ(client.received(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("body");
  ASSERT_TRUE(rig.answered(client));
  EXPECT_EQ(client.answers().front().body, "body");
}

TEST(HttpServer, a_large_body_goes_in_and_out_whole) {
  ServerRig rig({}, echo);
  const std::string body = binary(8 * 1024 * 1024 + 7);
  Client& client = rig.connect(true).ask("POST", "/", body);
  ASSERT_TRUE(rig.answered(client));
  EXPECT_TRUE(client.answers().front().body == body);
  client.ask("POST", "/", "small");
  ASSERT_TRUE(rig.answered(client, 2));
  EXPECT_EQ(client.answers()[1].body, "small");
}

TEST(HttpServer, a_chunked_body_is_put_together) {
  ServerRig rig({}, echo);
  Client& client = rig.connect().send(
      "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n10;ext=1\r\n0123456789abcdef\r\n0\r\nTrailer: x\r\n\r\n");
  ASSERT_TRUE(rig.answered(client));
  EXPECT_EQ(client.answers().front().body, "abc0123456789abcdef");
}

TEST(HttpServer, a_bad_request_is_refused_and_its_connection_ended) {
  ServerRig rig;
  Client& bad = rig.connect().send("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
  Client& good = rig.connect().ask("GET", "/");
  ASSERT_TRUE(rig.ended(bad));
  ASSERT_EQ(bad.answers().size(), 1u);
  EXPECT_EQ(bad.answers().front().status, 400);
  EXPECT_FALSE(bad.answers().front().keep_alive);
  EXPECT_EQ(bad.error(), 0);
  EXPECT_TRUE(rig.answered(good));
}

TEST(HttpServer, a_client_that_is_refused_while_it_sends_can_read_why) {
  HttpServerOptions options;
  options.context.session.limits.body = 1024 * 1024;
  ServerRig rig(options);
  Client& client = rig.connect().ask("POST", "/", binary(6 * 1024 * 1024));
  ASSERT_TRUE(rig.answered(client));
  EXPECT_EQ(client.answers().front().status, 413);
  ASSERT_TRUE(rig.until([&] { return client.unsent() == 0; })) << "it was cut off";
  client.finish_sending();
  ASSERT_TRUE(rig.ended(client));
  EXPECT_EQ(client.error(), 0) << "a reset, which could have swallowed the answer";
}

TEST(HttpServer, a_handler_that_throws_gives_500_a_line_in_the_log_and_no_harm_to_others) {
  ServerRig rig({}, [](const http::Request& request) -> http::Response {
    if (request.path() == "/bad") throw std::runtime_error("out of paper");
    if (request.path() == "/odd") throw 7;
    return http::Response::text(200, "good");
  });
  Client& other = rig.connect().ask("GET", "/");
  ASSERT_TRUE(rig.answered(other));
  Client& bad = rig.connect().ask("GET", "/bad");
  ASSERT_TRUE(rig.ended(bad));
  ASSERT_EQ(bad.answers().size(), 1u);
  EXPECT_EQ(bad.answers().front().status, 500);
  EXPECT_FALSE(bad.answers().front().body.contains("paper")) << "that is not for the client";
  EXPECT_EQ(rig.logged("request 102: the handler failed: out of paper"), 1u);
  Client& odd = rig.connect().ask("GET", "/odd");
  ASSERT_TRUE(rig.ended(odd));
  EXPECT_EQ(odd.answers().front().status, 500);
  other.ask("GET", "/");
  ASSERT_TRUE(rig.answered(other, 2));
}

TEST(HttpServer, requests_in_flight_are_those_that_have_begun_and_are_not_answered) {
  std::size_t while_handling = 0;
  const HttpServer* server = nullptr;
  ServerRig rig({}, [&](const http::Request&) {
    while_handling = server->requests_in_flight();
    return http::Response::text(200, "");
  });
  server = &rig.server();
  Client& client = rig.connect();
  rig.settle();
  EXPECT_EQ(rig.server().requests_in_flight(), 0u) << "a connection is no request";
  client.send("GET / HT");
  rig.settle();
  EXPECT_EQ(rig.server().requests_in_flight(), 1u);
  client.send("TP/1.1\r\nHost: test\r\n\r\n");
  ASSERT_TRUE(rig.answered(client));
  EXPECT_EQ(while_handling, 1u);
  EXPECT_EQ(rig.server().requests_in_flight(), 0u);
}

TEST(HttpServer, an_idle_connection_is_closed_after_its_time) {
  HttpServerOptions options;
  options.idle_timeout = 40ms;
  ServerRig rig(options);
  Client& client = rig.connect().ask("GET", "/");
  const auto begin = Clock::now();
  ASSERT_TRUE(rig.ended(client));
  EXPECT_GE(Clock::now() - begin, 40ms);
  EXPECT_EQ(client.answers().size(), 1u);
  EXPECT_EQ(client.error(), 0);
}

TEST(HttpServer, a_drain_ends_the_idle_and_finishes_what_has_begun) {
  ServerRig rig;
  Client& idle = rig.connect().ask("GET", "/");
  Client& busy = rig.connect().send("GET / HTTP/1.1\r\n");
  ASSERT_TRUE(rig.answered(idle));
  bool done = false;
  rig.server().drain(std::chrono::hours(1), [&] { done = true; });
  ASSERT_TRUE(rig.ended(idle));
  EXPECT_FALSE(busy.ended());
  EXPECT_FALSE(done);
  busy.send("Host: test\r\n\r\n");
  ASSERT_TRUE(rig.ended(busy));
  ASSERT_EQ(busy.answers().size(), 1u);
  EXPECT_EQ(busy.answers().front().status, 200);
  EXPECT_TRUE(busy.answers().front().has("Connection: close")) << busy.answers().front().fields;
  busy.close();
  ASSERT_TRUE(rig.until([&] { return done; }));
}

TEST(HttpServer, two_servers_share_a_loop) {
  ServerRig rig({}, say_target);
  const auto second =
      HttpServer::bind(rig.loop(), epoll::SocketAddress::loopback(0), [](const http::Request&) {
        return http::Response::text(200, "second");
      }).value();
  ASSERT_NE(second->local_address().value(), rig.address());
  Client& at_first = rig.connect().ask("GET", "/first");
  Client& at_second = rig.spare();
  at_second.connect(second->local_address().value());
  at_second.ask("GET", "/");
  ASSERT_TRUE(rig.answered(at_first));
  ASSERT_TRUE(rig.answered(at_second));
  EXPECT_EQ(at_first.answers().front().body, "/first");
  EXPECT_EQ(at_second.answers().front().body, "second");
}

TEST(HttpServer, a_port_that_is_taken_is_an_error) {
  ServerRig rig;
  const auto second = HttpServer::bind(rig.loop(), rig.address(), examples::answer_hello);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), std::errc::address_in_use);
  EXPECT_TRUE(rig.serves());
}

TEST(HttpServer, destroyed_with_connections_alive_it_leaves_nothing_behind) {
  const sys::DescriptorWatch descriptors;
  {
    ServerRig rig;
    std::vector<Client*> clients;
    for (int i = 0; i < 10; ++i) clients.push_back(&rig.connect());
    for (Client* client : clients) client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Le");
    rig.settle();
    ASSERT_EQ(rig.server().connections(), 10u);
    rig.stop();
    EXPECT_EQ(rig.loop().sources(), 0u);
    EXPECT_EQ(rig.loop().timers().size(), 0u);
    for (Client* client : clients) EXPECT_TRUE(rig.ended(*client));
  }
  EXPECT_EQ(descriptors.change(), 0);
}

}  // namespace
