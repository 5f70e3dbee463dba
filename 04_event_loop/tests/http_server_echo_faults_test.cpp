// The faults of the original poll server, each with the input that shows it there, and what must
// happen here. The numbers are the rows of docs/faults.md.
#include <string>

#include <gtest/gtest.h>

#include "event_loop/http_server.hpp"
#include "idle.hpp"
#include "server_rig.hpp"

namespace {

using event_loop::testing::Client;
using event_loop::testing::ServerRig;
using event_loop::testing::sleeps_in_one_wait;
using std::chrono_literals::operator""ms;

// As the program echo_server.
http::Response echo_posts(const http::Request& request) {
  if (request.method == "GET") return http::Response(200);
  return http::Response::bytes(200, request.body);
}
void expect_answer(ServerRig& rig, const Client& client, const std::string& body) {
  ASSERT_TRUE(rig.answered(client)) << client.received();
  EXPECT_EQ(client.answers().front().status, 200);
  EXPECT_EQ(client.answers().front().body, body);
}

TEST(EchoFaults, bytes_that_are_no_text_are_given_back_without_spinning) {  // B7
  ServerRig rig({}, echo_posts);
  Client& client =
      rig.connect().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n\xff\xfe");
  expect_answer(rig, client, "\xff\xfe");
  expect_answer(rig, rig.connect().ask("POST", "/", "second"), "second");
  rig.settle();
  EXPECT_TRUE(sleeps_in_one_wait(rig.loop(), 30ms));  // the first is still there
}

TEST(EchoFaults, a_request_in_two_reads_is_one_request) {  // B8
  ServerRig rig({}, [](const http::Request& request) {
    return http::Response::text(200, std::string(request.method) + ' ' +
                                         std::string(request.path()) + ' ' +
                                         std::string(request.fields.find("X").value_or("-")));
  });
  Client& client = rig.connect().send("GET /path HTTP/1.1\r\nHost: a\r\n");
  rig.settle();
  client.send("X: y\r\n\r\n");
  expect_answer(rig, client, "GET /path y");
}

TEST(EchoFaults, a_length_that_is_not_there_yet_is_waited_for) {  // B9
  ServerRig rig({}, echo_posts);
  Client& client =
      rig.connect().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\nabc");
  rig.settle();
  EXPECT_TRUE(client.received().empty());
  client.send(std::string(4997, 'd'));
  expect_answer(rig, client, "abc" + std::string(4997, 'd'));
}

TEST(EchoFaults, a_misspelt_field_means_nothing) {  // B9
  ServerRig rig({}, echo_posts);
  Client& client = rig.connect().send("POST / HTTP/1.1\r\nHost: a\r\nConntent-Length: x\r\n\r\n");
  expect_answer(rig, client, "");
  EXPECT_TRUE(rig.serves());
}

TEST(EchoFaults, a_body_in_a_later_packet_is_waited_for) {  // B10
  ServerRig rig({}, echo_posts);
  Client& client = rig.connect().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 13\r\n\r\n");
  rig.settle();
  EXPECT_TRUE(client.received().empty());
  client.send("name=WasmEdge");
  expect_answer(rig, client, "name=WasmEdge");
}

TEST(EchoFaults, a_reset_of_one_client_leaves_the_others_alone) {  // B12
  ServerRig rig({}, echo_posts);
  Client& other = rig.connect().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo");
  rig.settle();
  rig.connect().reset();
  rig.settle();
  Client& client = rig.connect().ask("POST", "/", "body");
  rig.turn();
  client.reset();
  EXPECT_TRUE(rig.until([&] { return rig.server().connections() == 1; }));
  other.send("dy");
  expect_answer(rig, other, "body");
}

TEST(EchoFaults, a_request_with_a_half_close_is_answered) {  // B13
  ServerRig rig({}, echo_posts);
  Client& client = rig.connect().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").finish_sending();
  ASSERT_TRUE(rig.ended(client));
  expect_answer(rig, client, "");
  EXPECT_EQ(client.error(), 0);
}

TEST(EchoFaults, a_body_is_given_back_as_it_came_and_no_more) {  // B14
  ServerRig rig({}, echo_posts);
  expect_answer(rig, rig.connect().ask("POST", "/", "name=WasmEdge"), "name=WasmEdge");
}

TEST(EchoFaults, nothing_is_left_of_a_connection_that_has_ended) {  // B16
  ServerRig rig({}, echo_posts);
  for (int i = 0; i < 50; ++i) {
    Client& client = rig.connect().ask("POST", "/", "body");
    expect_answer(rig, client, "body");
    if (i % 2 == 0) {
      client.close();
    } else {
      client.reset();
    }
  }
  ASSERT_TRUE(rig.until([&] { return rig.server().connections() == 0; }));
  EXPECT_EQ(rig.loop().sources(), 1u) << "of the listener";
  EXPECT_EQ(rig.loop().timers().size(), 0u);
}

}  // namespace
