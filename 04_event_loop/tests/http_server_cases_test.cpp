// The table of requests that step 03 keeps for its parser, through a whole server and a socket.
#include <string>
#include <tuple>

#include <gtest/gtest.h>

#include "cases.hpp"
#include "event_loop/http_server.hpp"
#include "server_rig.hpp"

namespace {

using event_loop::testing::Client;
using event_loop::testing::ServerRig;
using http::testing::RequestCase;

// 200 to CONNECT would make a tunnel of the connection.
int status_for(std::string_view method) {
  return method == "CONNECT" ? 405 : 200;
}

// Tells a client what its request said.
http::Response describe(const http::Request& request) {
  return http::Response::bytes(status_for(request.method), request.body)
      .add("X-Method", request.method)
      .add("X-Target", request.target)
      .add("X-Fields", std::to_string(request.fields.size()))
      .add("X-Trailers", std::to_string(request.trailers.size()));
}

// How the bytes travel.
enum class Pieces { whole, single_bytes };

void send(ServerRig& rig, Client& client, const std::string& bytes, Pieces pieces) {
  if (pieces == Pieces::whole) {
    client.send(bytes);
    return;
  }
  for (const char byte : bytes) {
    if (client.ended()) return;
    client.send({&byte, 1});
    rig.turn();
  }
}

void check_refused(ServerRig& rig, Client& client, const RequestCase& expected) {
  ASSERT_TRUE(rig.ended(client));
  ASSERT_EQ(client.answers().size(), 1u) << client.received();
  EXPECT_EQ(client.answers().front().status, expected.status) << client.received();
  EXPECT_FALSE(client.answers().front().keep_alive);
}

void check_accepted(ServerRig& rig, Client& client, const RequestCase& expected) {
  ASSERT_TRUE(rig.answered(client)) << client.received();
  const auto& answer = client.answers().front();
  EXPECT_EQ(answer.status, status_for(expected.method)) << client.received();
  EXPECT_TRUE(answer.has("X-Method: " + expected.method)) << answer.fields;
  EXPECT_TRUE(answer.has("X-Target: " + expected.target)) << answer.fields;
  EXPECT_TRUE(answer.has("X-Fields: " + std::to_string(expected.fields))) << answer.fields;
  EXPECT_TRUE(answer.has("X-Trailers: " + std::to_string(expected.trailers))) << answer.fields;
  if (expected.method != "HEAD") {
    EXPECT_EQ(answer.body, expected.body);
  }
  EXPECT_EQ(answer.keep_alive, expected.keep_alive);
  if (!expected.keep_alive) {
    EXPECT_TRUE(rig.ended(client));
  }
}

void check_all(Pieces pieces, std::size_t largest) {
  ServerRig rig({}, describe);
  std::size_t checked = 0;
  for (const RequestCase& expected : http::testing::request_cases()) {
    if (expected.bytes.size() > largest) continue;
    SCOPED_TRACE(expected.name);
    Client& client = rig.connect();
    if (expected.status == 0) client.expect_answer_to(expected.method);
    send(rig, client, expected.bytes, pieces);
    if (expected.status != 0) {
      check_refused(rig, client, expected);
    } else {
      check_accepted(rig, client, expected);
    }
    client.close();
    ++checked;
  }
  EXPECT_GT(checked, 50u);
  EXPECT_TRUE(rig.serves());
  EXPECT_TRUE(rig.until([&] { return rig.server().connections() == 0; }));
}

TEST(ServerCases, every_request_of_the_table_gets_its_answer) {
  check_all(Pieces::whole, std::size_t(-1));
}

TEST(ServerCases, every_short_one_gets_the_same_answer_byte_by_byte) {
  check_all(Pieces::single_bytes, 2000);
}

TEST(ServerCases, the_beginnings_are_waited_for_and_their_end_is_no_request) {
  ServerRig rig({}, describe);
  for (const std::string& bytes : http::testing::unfinished_requests()) {
    SCOPED_TRACE(bytes.substr(0, 80));
    Client& client = rig.connect().send(bytes);
    rig.settle();
    EXPECT_TRUE(client.answers().empty()) << client.received();
    EXPECT_FALSE(client.ended());
    client.finish_sending();
    ASSERT_TRUE(rig.ended(client));
    for (const auto& answer : client.answers()) EXPECT_EQ(answer.status, 400);
    client.close();
  }
}

// "CL.0": a server that answers without the body, and keeps the connection, takes the body for the next
// request, which a proxy in front of it has never seen.
TEST(ServerCases, a_body_is_no_request_whatever_the_method_and_the_answer) {
  const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const auto& [method, target, status] :
       {std::tuple("GET", "/", 200), std::tuple("POST", "/nothing", 404),
        std::tuple("DELETE", "/", 405), std::tuple("BREW", "/", 501),
        std::tuple("OPTIONS", "*", 204)}) {
    SCOPED_TRACE(std::string(method) + " " + target);
    ServerRig rig;
    Client& client = rig.connect();
    client.ask(method, target, hidden).ask("GET", "/");
    ASSERT_TRUE(rig.answered(client, 2));
    rig.settle();
    ASSERT_EQ(client.answers().size(), 2u) << client.received();
    EXPECT_EQ(client.answers()[0].status, status);
    EXPECT_EQ(client.answers()[1].status, 200);
  }
}

}  // namespace
