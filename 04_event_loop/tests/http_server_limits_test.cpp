// What one client, or many, can take from the others: connections, descriptors, memory, turns.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "descriptor_limit.hpp"
#include "event_loop/http_server.hpp"
#include "idle.hpp"
#include "server_rig.hpp"
#include "syscall/observer.hpp"

namespace {

using event_loop::HttpServerOptions;
using event_loop::testing::binary;
using event_loop::testing::Client;
using event_loop::testing::DescriptorLimit;
using event_loop::testing::ServerRig;
using event_loop::testing::sleeps_in_one_wait;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// --- connections

TEST(ServerCap, further_clients_wait_in_the_queue_while_all_that_are_in_are_busy) {
  HttpServerOptions options;
  options.max_connections = 2;
  ServerRig rig(options);
  Client& first = rig.connect().send("GET / HTTP/1.1\r\n");
  Client& second = rig.connect().send("GET / HTTP/1.1\r\n");
  rig.settle();
  Client& third = rig.connect().ask("GET", "/");
  rig.settle();
  EXPECT_EQ(rig.server().connections(), 2u);
  EXPECT_TRUE(third.received().empty());
  EXPECT_FALSE(third.ended());
  first.close();
  ASSERT_TRUE(rig.answered(third));
  EXPECT_EQ(rig.server().connections(), 2u);
  EXPECT_EQ(rig.server().turned_away(), 0u);
  EXPECT_FALSE(second.ended());
}

TEST(ServerCap, the_connection_that_has_been_idle_for_longest_makes_room) {
  HttpServerOptions options;
  options.max_connections = 3;
  ServerRig rig(options);
  Client& busy = rig.connect().send("GET / HTTP/1.1\r\n");
  Client& one = rig.connect().ask("GET", "/");
  ASSERT_TRUE(rig.answered(one));
  Client& two = rig.connect().ask("GET", "/");
  ASSERT_TRUE(rig.answered(two));
  ASSERT_TRUE(rig.answered(one.ask("GET", "/"), 2));  // now `two` has been idle for longer
  Client& late = rig.connect().ask("GET", "/");
  ASSERT_TRUE(rig.answered(late));
  EXPECT_EQ(rig.server().connections(), 3u);
  ASSERT_TRUE(rig.ended(two));
  EXPECT_EQ(two.error(), 0) << "an orderly end";
  EXPECT_FALSE(one.ended());
  EXPECT_FALSE(busy.ended());
}

TEST(ServerCap, a_client_in_the_queue_is_let_in_when_one_becomes_idle) {
  HttpServerOptions options;
  options.max_connections = 1;
  ServerRig rig(options);
  Client& first = rig.connect().send("GET / HTTP/1.1\r\n");
  rig.settle();
  Client& second = rig.connect().ask("GET", "/");
  rig.settle();
  EXPECT_TRUE(second.received().empty());
  first.send("Host: test\r\n\r\n");
  ASSERT_TRUE(rig.answered(first));
  ASSERT_TRUE(rig.answered(second));
  EXPECT_TRUE(rig.ended(first));
  EXPECT_EQ(rig.server().connections(), 1u);
}

TEST(ServerCap, waiting_clients_cause_no_wake_up) {
  HttpServerOptions options;
  options.max_connections = 1;
  ServerRig rig(options);
  rig.connect().send("GET / HTTP/1.1\r\n");
  rig.settle();
  for (int i = 0; i < 5; ++i) rig.connect().ask("GET", "/");
  rig.settle();
  EXPECT_TRUE(sleeps_in_one_wait(rig.loop(), 30ms));
}

TEST(ServerCap, all_of_a_crowd_are_served_through_a_narrow_door) {
  HttpServerOptions options;
  options.max_connections = 3;
  ServerRig rig(options);
  std::vector<Client*> crowd;
  for (int i = 0; i < 100; ++i) crowd.push_back(&rig.connect().send("GET / HTTP/1.0\r\n\r\n"));
  std::size_t most = 0;
  for (Client* client : crowd) {
    ASSERT_TRUE(rig.until([&] {
      most = std::max(most, rig.server().connections());
      return client->ended();
    }));
    EXPECT_EQ(client->answers().size(), 1u);
    client->close();
  }
  EXPECT_EQ(most, 3u);
}

TEST(ServerDescriptors, clients_without_a_descriptor_are_turned_away_and_the_others_served) {
  ServerRig rig;
  std::vector<Client*> clients;
  for (int i = 0; i < 12; ++i) clients.push_back(&rig.connect());
  Client& late = rig.spare();
  DescriptorLimit limit(5);
  sys::ScopedObserver scarce(limit);
  for (int i = 0; i < 20; ++i) rig.turn(1ms);
  EXPECT_EQ(rig.server().connections(), 5u);
  EXPECT_EQ(rig.server().turned_away(), 7u);
  EXPECT_EQ(std::ranges::count_if(clients, &Client::ended), 7);
  EXPECT_EQ(limit.of("accept4"), 5u + 2 * 7 + 2) << limit.summary();
  EXPECT_EQ(rig.logged("couldn't accept: Too many open files"), 1u);
  EXPECT_LE(rig.log.size(), 2u) << "one line a second, however many there are";

  // Those that are in are served, and so is one that comes when one of them has left.
  Client* const inside = *std::ranges::find_if_not(clients, &Client::ended);
  EXPECT_TRUE(rig.answered(inside->ask("GET", "/")));
  inside->close();
  ASSERT_TRUE(rig.until([&] { return rig.server().connections() == 4; }));
  late.connect(rig.address());
  EXPECT_TRUE(rig.answered(late.ask("GET", "/")));
}

// --- memory

TEST(ServerMemory, a_client_that_pipelines_and_never_reads_is_not_answered_without_bound) {
  constexpr std::size_t kAnswer = 10'000;
  std::size_t handled = 0;
  ServerRig rig({}, [&](const http::Request&) {
    ++handled;
    return http::Response::text(200, std::string(kAnswer, 'x'));
  });
  Client& client = rig.connect(true);
  client.reads = false;
  std::string requests;
  while (requests.size() < 20'000'000) requests += "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
  client.send(requests);
  rig.settle();
  for (int i = 0; i < 100; ++i) rig.turn();
  const std::size_t then = handled;
  EXPECT_GT(then, 0u);
  EXPECT_GT(client.unsent(), 0u) << "all requests were taken from a client that reads no answer";
  // What waits in our memory is bounded by the option, what waits in the kernel by tcp_wmem. (That
  // may still take a little more, now and then: not all is still that does not move.)
  const std::size_t kernel = 8 * 1024 * 1024;
  EXPECT_LE(then * kAnswer, HttpServerOptions().context.session.output + kAnswer + kernel);
  // Once it reads, it gets the rest.
  client.reads = true;
  ASSERT_TRUE(rig.answered(client, then + 1000));
}

TEST(ServerMemory, a_head_without_end_is_refused) {
  ServerRig rig;
  Client& line = rig.connect().send("GET /" + std::string(100'000, 'a'));
  Client& field =
      rig.connect().send("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(100'000, 'a'));
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 200; ++i) many += "X: y\r\n";
  Client& fields = rig.connect().send(many);
  for (Client* client : {&line, &field, &fields}) {
    ASSERT_TRUE(rig.answered(*client));
    EXPECT_FALSE(client->answers().front().keep_alive);
  }
  EXPECT_EQ(line.answers().front().status, 414);
  EXPECT_EQ(field.answers().front().status, 431);
  EXPECT_EQ(fields.answers().front().status, 431);
}

TEST(ServerMemory, a_body_that_announces_too_much_is_refused_before_it_comes) {
  ServerRig rig;
  Client& client = rig.connect().send(
      "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 99999999999\r\n"
      "Expect: 100-continue\r\n\r\n");
  ASSERT_TRUE(rig.answered(client));
  EXPECT_EQ(client.answers().front().status, 413);
  EXPECT_FALSE(client.received().contains("100 Continue"));
}

TEST(ServerMemory, one_bound_holds_for_all_connections_together) {
  HttpServerOptions options;
  options.memory = 100'000;
  ServerRig rig(options);
  const auto post = [](std::size_t size) {
    return "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
  };
  Client& first = rig.connect().send(post(80'000) + std::string(70'000, 'x'));
  rig.settle();
  Client& second = rig.connect().send(post(80'000) + std::string(10'000, 'x'));
  ASSERT_TRUE(rig.answered(second));
  EXPECT_EQ(second.answers().front().status, 503);
  ASSERT_TRUE(rig.answered(rig.connect().ask("GET", "/")));
  ASSERT_TRUE(rig.answered(first.send(std::string(10'000, 'x'))));
  EXPECT_EQ(first.answers().front().status, 200);
}

TEST(ServerMemory, a_request_can_be_refused_at_its_head) {
  HttpServerOptions options;
  options.context.at_head = [](const http::Request& request) -> http::AtHead {
    if (request.path() != "/up") return http::Response(404);
    return http::BodyMode::discard;
  };
  ServerRig rig(options);
  const std::string fields =
      " HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n";
  Client& refused = rig.connect().send("POST /no" + fields);
  ASSERT_TRUE(rig.ended(refused));
  EXPECT_TRUE(refused.received().starts_with("HTTP/1.1 404 ")) << refused.received();
  Client& taken = rig.connect().send("POST /up" + fields);
  ASSERT_TRUE(rig.until([&] { return taken.received() == "HTTP/1.1 100 Continue\r\n\r\n"; }));
  ASSERT_TRUE(rig.answered(taken.send("some body")));
}

// --- turns

// Counts what happens between an ordinary client's request and its answer, in turns and in requests
// of the two that keep the server busy: a clock would measure the machine.
TEST(ServerFairness, an_ordinary_client_waits_few_turns_beside_two_that_take_all_they_can) {
  std::size_t handled = 0;
  HttpServerOptions options;
  options.context.session.body = http::BodyMode::discard;
  ServerRig rig(options, [&](const http::Request&) {
    ++handled;
    return http::Response::text(200, "answer");
  });
  Client& pipeliner = rig.connect();
  Client& uploader = rig.connect();
  Client& ordinary = rig.connect();
  rig.settle();
  std::string pipeline;
  for (int i = 0; i < 10'000; ++i) pipeline += "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
  const std::string body = binary(16 * 1024 * 1024);
  const auto keep_busy = [&] {
    if (pipeliner.unsent() < pipeline.size()) pipeliner.send(pipeline);
    if (uploader.unsent() < body.size()) uploader.ask("POST", "/", body);
  };
  for (int i = 0; i < 20; ++i) {
    keep_busy();
    rig.turn();
  }
  ASSERT_GT(pipeliner.answers().size(), 0u);

  for (std::size_t round = 1; round <= 10; ++round) {
    keep_busy();
    const std::size_t handled_before = handled;
    const std::size_t turns_before = rig.loop().turns();
    ordinary.ask("GET", "/");
    while (ordinary.answers().size() < round) {
      ASSERT_LT(rig.loop().turns() - turns_before, 50u);
      rig.turn();
    }
    EXPECT_LE(rig.loop().turns() - turns_before, 2u);
    EXPECT_LE(handled - handled_before, 2u * 64 + 2);
  }
  EXPECT_GT(pipeliner.unsent(), 0u) << "it was not busy all the time";
}

TEST(ServerFairness, one_turn_answers_no_more_than_its_budget_and_the_next_continues) {
  std::size_t handled = 0;
  ServerRig rig({}, [&](const http::Request&) {
    ++handled;
    return http::Response::text(200, "");
  });
  Client& client = rig.connect();
  rig.settle();
  std::string pipeline;
  for (int i = 0; i < 200; ++i) pipeline += "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
  client.send(pipeline);
  std::vector<std::size_t> each_turn;
  while (handled < 200) {
    const std::size_t before = handled;
    ASSERT_TRUE(rig.loop().run_once(1s));
    each_turn.push_back(handled - before);
  }
  EXPECT_EQ(each_turn, (std::vector<std::size_t>{64, 64, 64, 8}));
  ASSERT_TRUE(rig.answered(client, 200));
}

}  // namespace
