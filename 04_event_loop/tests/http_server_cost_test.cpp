// What a request costs, in system calls.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "allocations.hpp"
#include "event_loop/http_server.hpp"
#include "idle.hpp"
#include "server_descriptors.hpp"
#include "server_rig.hpp"
#include "syscall/observer.hpp"

namespace {

using event_loop::HttpServerOptions;
using event_loop::testing::binary;
using event_loop::testing::Client;
using event_loop::testing::ServerRig;
using event_loop::testing::sleeps_in_one_wait;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// A client that is in, and has had its first answer.
Client& familiar_client(ServerRig& rig) {
  Client& client = rig.connect().ask("GET", "/");
  EXPECT_TRUE(rig.answered(client));
  rig.settle();
  return client;
}

TEST(ServerCost, a_keep_alive_request_is_one_wait_one_read_and_one_write) {
  ServerRig rig;
  Client& client = familiar_client(rig);
  sys::CallCounter calls;
  sys::ScopedObserver watching(calls);
  for (std::size_t i = 1; i <= 100; ++i) {
    client.ask("GET", "/");
    rig.turn(1s);
    ASSERT_EQ(client.answers().size(), 1 + i);
  }
  EXPECT_EQ(calls.of("recv"), 100u);
  EXPECT_EQ(calls.of("send"), 100u);
  EXPECT_EQ(calls.of("epoll_ctl"), 0u);
  EXPECT_EQ(calls.of("epoll_wait"), 100u);
  EXPECT_EQ(calls.total(), 300u) << calls.summary();
}

TEST(ServerCost, a_small_post_in_one_segment_costs_no_more) {
  ServerRig rig;
  Client& client = familiar_client(rig);
  sys::CallCounter calls;
  sys::ScopedObserver watching(calls);
  client.ask("POST", "/", "name=WasmEdge");
  rig.turn(1s);
  ASSERT_EQ(client.answers().size(), 2u);
  EXPECT_EQ(calls.total(), 3u) << calls.summary();
}

TEST(ServerCost, a_pipeline_in_one_segment_is_one_read_and_one_write) {
  ServerRig rig;
  Client& client = familiar_client(rig);
  std::string pipeline;
  for (int i = 0; i < 16; ++i) pipeline += "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
  sys::CallCounter calls;
  sys::ScopedObserver watching(calls);
  client.send(pipeline);
  rig.turn(1s);
  ASSERT_EQ(client.answers().size(), 17u);
  EXPECT_EQ(calls.of("recv"), 1u);
  EXPECT_EQ(calls.of("send"), 1u);
  EXPECT_EQ(calls.total(), 3u) << calls.summary();
}

TEST(ServerCost, a_connection_of_one_request_costs_nine_calls) {
  ServerRig rig;
  familiar_client(rig).close();
  rig.settle();
  sys::CallCounter calls;
  {
    sys::ScopedObserver watching(calls);
    Client& client = rig.connect().ask("GET", "/");
    rig.turn(1s);
    rig.turn(1s);
    ASSERT_EQ(client.answers().size(), 1u);
    client.close();
    rig.turn(1s);
  }
  EXPECT_EQ(rig.server().connections(), 0u);
  EXPECT_EQ(calls.of("epoll_wait"), 3u);
  EXPECT_EQ(calls.of("accept4"), 1u) << "the one before it came alone, too";
  EXPECT_EQ(calls.of("recv"), 2u) << "the request, and the end";
  EXPECT_EQ(calls.of("send"), 1u);
  EXPECT_EQ(calls.of("epoll_ctl"), 1u) << "in; it is out when it is closed";
  EXPECT_EQ(calls.of("close"), 1u);
  EXPECT_EQ(calls.total(), 9u) << calls.summary();
}

TEST(ServerCost, a_client_that_says_close_costs_seven_calls) {
  ServerRig rig;
  familiar_client(rig).close();
  rig.settle();
  sys::CallCounter calls;
  {
    sys::ScopedObserver watching(calls);
    Client& client =
        rig.connect().send("GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    rig.turn(1s);
    rig.turn(1s);
    ASSERT_EQ(client.answers().size(), 1u);
    EXPECT_TRUE(client.ended());
  }
  EXPECT_EQ(rig.server().connections(), 0u);
  EXPECT_EQ(calls.of("recv"), 1u) << "nothing is waited for after the request";
  EXPECT_EQ(calls.of("shutdown"), 0u);
  EXPECT_EQ(calls.of("epoll_wait"), 2u);
  EXPECT_EQ(calls.total(), 7u) << calls.summary();
}

// As much of a body of a MiB as a socket buffer holds waits in it before the server looks; then it
// is read in pieces of 256 KiB.
TEST(ServerCost, a_body_that_waits_is_read_in_large_pieces) {
  constexpr std::size_t kPiece = 256 * 1024;
  HttpServerOptions options;
  options.context.turn_bytes = 4 * 1024 * 1024;  // all of it in one turn
  ServerRig rig(options);
  // Root may have more than the system's limit, all other users have what that allows.
  const int listener = event_loop::testing::listener_of(rig.address());
  constexpr int kWanted = 4 * 1024 * 1024;
  ASSERT_TRUE(epoll::set_option(listener, SOL_SOCKET, SO_RCVBUFFORCE, kWanted) ||
              epoll::set_option(listener, SOL_SOCKET, SO_RCVBUF, kWanted));
  Client& client = familiar_client(rig);
  const int connection = event_loop::testing::connection_of(rig.address());
  client.ask("POST", "/", binary(1024 * 1024));
  std::size_t waiting = 0;
  while (event_loop::testing::bytes_waiting(connection) > waiting) {
    waiting = event_loop::testing::bytes_waiting(connection);
    client.pump();
  }
  ASSERT_GE(waiting, 100'000u) << "the socket buffer is smaller than this test can use";
  sys::CallCounter calls;
  {
    sys::ScopedObserver watching(calls);
    rig.turn(1s);
  }
  // One read of 16 KiB, as heads are read; the rest in pieces; one more that finds nothing or less.
  EXPECT_LE(calls.of("recv"), 2 + (waiting + kPiece - 1) / kPiece)
      << "for " << waiting << " bytes: " << calls.summary();
  EXPECT_EQ(calls.of("epoll_ctl"), 0u);
  ASSERT_TRUE(rig.answered(client, 2));
}

// The upload of the originals, of which each cost about 5,750 calls.
TEST(ServerCost, an_upload_of_9_4_megabytes_costs_a_tenth_of_the_original) {
  HttpServerOptions options;
  options.context.session.body = http::BodyMode::discard;
  ServerRig rig(options);
  const std::string body = binary(9'375'930);
  sys::CallCounter calls;
  {
    sys::ScopedObserver watching(calls);
    Client& client = rig.connect().ask("POST", "/upload", body);
    ASSERT_TRUE(rig.answered(client));
    client.close();
    ASSERT_TRUE(rig.until([&] { return rig.server().connections() == 0; }));
  }
  EXPECT_LE(calls.total(), 575u) << calls.summary();
  EXPECT_EQ(calls.of("epoll_ctl"), 1u) << "in; it is out when it is closed";
}

TEST(ServerCost, a_server_with_idle_clients_sleeps_in_one_wait) {
  ServerRig rig;
  for (int i = 0; i < 50; ++i) rig.connect().ask("GET", "/");
  rig.settle();
  ASSERT_EQ(rig.server().connections(), 50u);
  EXPECT_TRUE(sleeps_in_one_wait(rig.loop(), 200ms));
}

TEST(ServerCost, an_idle_connection_holds_600_bytes) {
  constexpr std::size_t kClients = 64;
  ServerRig rig;
  familiar_client(rig);
  for (std::size_t i = 0; i < kClients; ++i) rig.connect().ask("GET", "/");
  const std::size_t before = allocations::bytes;
  while (rig.loop().run_once(0ms).value_or(0) != 0) {
  }
  EXPECT_LE((allocations::bytes - before) / kClients, 600u);
  EXPECT_EQ(rig.server().connections(), 1 + kClients);
  rig.settle();
  for (Client& client : rig.clients()) EXPECT_EQ(client.answers().size(), 1u);
}

TEST(ServerCost, a_half_closed_client_that_waits_for_its_answer_causes_no_wake_up) {
  const std::string large = binary(8 * 1024 * 1024);
  ServerRig rig({}, [&](const http::Request&) { return http::Response::text(200, large); });
  Client& client = rig.connect(true);
  client.reads = false;
  client.ask("GET", "/").finish_sending();
  rig.settle();
  // The kernel may take a little more of the answer now and then; but mostly nothing happens.
  int tries = 1;
  while (!sleeps_in_one_wait(rig.loop(), 50ms) && tries < 20) ++tries;
  EXPECT_LT(tries, 20);
  client.reads = true;
  ASSERT_TRUE(rig.answered(client));
}

}  // namespace
