// The faults that the original epoll server has, each with the input that shows it there, and what
// must happen here. The numbers are the rows of docs/faults.md.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "event_loop/http_server.hpp"
#include "server_rig.hpp"
#include "syscall/observer.hpp"

namespace {

using event_loop::HttpServerOptions;
using event_loop::testing::binary;
using event_loop::testing::Client;
using event_loop::testing::ServerRig;
using examples::kHello;
using std::chrono_literals::operator""ms;

// As the program hello_server: bodies are counted and dropped; and it talks.
HttpServerOptions as_hello_server() {
  HttpServerOptions options;
  options.context.session.body = http::BodyMode::discard;
  options.verbose = true;
  return options;
}
std::string post(std::size_t length) {
  return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}
std::string got(std::size_t bytes) {
  return "got all data: " + std::to_string(bytes) + " bytes";
}
void expect_hello(ServerRig& rig, const Client& client, std::size_t count = 1) {
  ASSERT_TRUE(rig.answered(client, count)) << client.received();
  EXPECT_EQ(client.answers().back().status, 200) << client.received();
  EXPECT_EQ(client.answers().back().body, kHello);
}

TEST(Faults, every_descriptor_is_closed_once) {  // A1
  ServerRig rig(as_hello_server());
  sys::CallCounter calls;
  sys::ScopedObserver watching(calls);
  for (int i = 0; i < 100; ++i) {
    Client& client = rig.connect().ask("GET", "/");
    ASSERT_TRUE(rig.answered(client));
    client.close();
    ASSERT_TRUE(rig.until([&] { return rig.server().connections() == 0; }));
  }
  EXPECT_EQ(calls.of("close"), 100u);
  EXPECT_EQ(calls.failed_of("close"), 0u);
}

TEST(Faults, eighteen_bytes_are_eighteen_bytes) {  // A2
  ServerRig rig(as_hello_server());
  Client& client = rig.connect().send("GET / HTTP/1.0\r\n\r\n");
  expect_hello(rig, client);
  EXPECT_EQ(rig.logged(got(18)), 1u);
}

TEST(Faults, a_body_in_small_segments_is_not_answered_before_its_last_byte) {  // A3
  ServerRig rig(as_hello_server());
  Client& client = rig.connect().send(post(200'000));
  const std::string segment(100, 'x');
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(client.received().empty()) << "answered after " << i << " of 2000 segments";
    client.send(segment);
    rig.turn();
  }
  expect_hello(rig, client);
  EXPECT_EQ(rig.logged(got(post(200'000).size() + 200'000)), 1u);
}

TEST(Faults, the_upload_of_the_original_client_is_counted_to_the_byte) {  // A4
  ServerRig rig(as_hello_server());
  Client& client = rig.connect().send(post(9'375'930) + std::string(9'375'930, '%'));
  expect_hello(rig, client);
  EXPECT_EQ(rig.logged(got(post(9'375'930).size() + 9'375'930)), 1u);
}

TEST(Faults, an_end_in_the_middle_of_a_body_is_no_200) {  // A5
  ServerRig rig(as_hello_server());
  Client& client = rig.connect().send(post(1'000'000) + "abc").finish_sending();
  ASSERT_TRUE(rig.ended(client));
  ASSERT_EQ(client.answers().size(), 1u);
  EXPECT_EQ(client.answers().front().status, 400);
  EXPECT_TRUE(rig.until([&] { return rig.server().connections() == 0; }));
}

TEST(Faults, an_end_after_a_gigantic_length_costs_nothing) {  // A6
  ServerRig rig(as_hello_server());
  for (const std::string bytes :
       {"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n"}) {
    Client& client = rig.connect().send(bytes);
    client.close();
    const auto turns = rig.loop().turns();
    ASSERT_TRUE(
        rig.until([&] { return rig.loop().turns() > turns && rig.server().connections() == 0; }));
    EXPECT_LT(rig.loop().turns() - turns, 50u);
  }
  EXPECT_TRUE(rig.serves());
}

TEST(Faults, an_end_without_a_request_gets_the_end_and_no_answer) {  // A7
  ServerRig rig(as_hello_server());
  Client& client = rig.connect().finish_sending();
  ASSERT_TRUE(rig.ended(client));
  EXPECT_EQ(client.received(), "");
  EXPECT_EQ(client.error(), 0);
}

TEST(Faults, the_length_is_that_of_the_body_alone) {  // A8
  ServerRig rig(as_hello_server());
  Client& client = rig.connect().send(post(8190) + std::string(8189, 'x'));
  rig.settle();
  EXPECT_TRUE(client.received().empty());
  client.send("x");
  expect_hello(rig, client);
  client.send(post(8190) + std::string(8190, 'x'));  // nothing of the first is left unread
  expect_hello(rig, client, 2);
  EXPECT_EQ(client.error(), 0);
}

TEST(Faults, a_head_in_two_parts_is_answered_once_and_at_its_end) {  // A9
  ServerRig rig(as_hello_server());
  Client& client = rig.connect().send("P");
  rig.settle();
  EXPECT_TRUE(client.received().empty());
  client.send("OST / HTTP/1.1\r\nHost: a\r\n");
  rig.settle();
  EXPECT_TRUE(client.received().empty());
  client.send("Content-Length: 4\r\n\r\nbody");
  expect_hello(rig, client);
  rig.settle();
  EXPECT_EQ(client.answers().size(), 1u);
}

TEST(Faults, bytes_that_are_no_text_may_follow_the_head_at_once) {  // A10, A12
  ServerRig rig(as_hello_server());
  Client& client = rig.connect().send(post(500'000) + "\xff\xd8\xff\xe0");
  rig.settle();
  EXPECT_TRUE(client.received().empty());
  client.send(binary(499'996));
  expect_hello(rig, client);
  EXPECT_EQ(rig.logged("set content length: 500000 bytes"), 1u);
}

TEST(Faults, pictures_are_uploaded_whole_every_time) {  // A11
  ServerRig rig(as_hello_server());
  const std::string picture = binary(3'748'935);
  for (std::size_t i = 1; i <= 5; ++i) {
    Client& client = rig.connect().send(post(picture.size()) + picture);
    expect_hello(rig, client);
    EXPECT_EQ(client.unsent(), 0u);
    EXPECT_EQ(rig.logged(got(post(picture.size()).size() + picture.size())), i);
    client.close();
  }
}

TEST(Faults, a_letter_that_is_cut_at_byte_4096_is_no_end) {  // A13
  ServerRig rig(as_hello_server());
  const std::string head = post(30'000);
  std::string body(4095 - head.size(), 'x');
  body += "\xe2\x82\xac";  // the euro sign, whose first byte is the 4096th
  body.resize(30'000, 'x');
  Client& client = rig.connect().send((head + body).substr(0, 4096));
  rig.settle();
  EXPECT_TRUE(client.received().empty());
  client.send((head + body).substr(4096));
  expect_hello(rig, client);
}

TEST(Faults, an_invalid_length_is_refused_and_harms_no_other_client) {  // A14
  ServerRig rig(as_hello_server());
  Client& other = rig.connect().send("GET / HT");
  for (const std::string value : {"abc", "-1", "18446744073709551616", "", "5 5", "0x5", "+5"}) {
    Client& client =
        rig.connect().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + value + "\r\n\r\n");
    ASSERT_TRUE(rig.ended(client));
    ASSERT_EQ(client.answers().size(), 1u) << value;
    EXPECT_EQ(client.answers().front().status, 400) << value;
  }
  for (const std::string value : {"  5", "5 ", "\t5", "005"}) {  // odd, and legal
    Client& client = rig.connect().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:" + value +
                                        "\r\n\r\n12345");
    expect_hello(rig, client);
  }
  other.send("TP/1.1\r\nHost: a\r\n\r\n");
  expect_hello(rig, other);
}

TEST(Faults, a_length_without_a_blank_or_in_another_case_is_seen) {  // A15
  ServerRig rig(as_hello_server());
  for (const std::string field : {"Content-Length:100000", "CONTENT-LENGTH: 100000"}) {
    Client& client = rig.connect().send("POST / HTTP/1.1\r\nHost: a\r\n" + field + "\r\n\r\n");
    rig.settle();
    EXPECT_TRUE(client.received().empty());
    client.send(std::string(100'000, 'x'));
    expect_hello(rig, client);
  }
  EXPECT_EQ(rig.logged("set content length: 100000 bytes"), 2u);
}

TEST(Faults, a_body_is_not_searched_for_fields) {  // A16
  ServerRig rig(as_hello_server());
  Client& client = rig.connect().send(post(50'000) + std::string(10'000, 'x'));
  rig.settle();
  const std::string notes = "notes on HTTP\ncontent-length: 10\n";
  client.send(notes);
  rig.settle();
  EXPECT_TRUE(client.received().empty());
  client.send(std::string(40'000 - notes.size(), 'x'));
  expect_hello(rig, client);
  EXPECT_EQ(rig.logged("set content length: 10 bytes"), 0u);
}

TEST(Faults, a_chunked_upload_is_read_to_its_end) {  // A17
  ServerRig rig(as_hello_server());
  Client& client =
      rig.connect().send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "2710\r\n" + binary(10'000) + "\r\n";
  for (int i = 0; i < 100; ++i) {
    client.send(chunk);
    rig.turn();
    ASSERT_TRUE(client.received().empty());
  }
  client.send("0\r\n\r\n");
  expect_hello(rig, client);
  expect_hello(rig, client.ask("GET", "/"), 2);
}

TEST(Faults, a_reset_of_one_client_leaves_the_others_alone) {  // A18, A19
  ServerRig rig(as_hello_server());
  Client& other = rig.connect().send("GET / HT");
  const std::vector<std::string> beginnings = {"",
                                               "G",
                                               "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                                               "GET / HTTP/1.0\r\n\r\n",
                                               post(100) + "x",
                                               "bad\r\n\r\n"};
  for (int round = 0; round < 20; ++round) {
    for (const std::string& bytes : beginnings) {
      Client& client = rig.connect().send(bytes);
      for (int turns = 0; turns < round % 4; ++turns) rig.turn();  // before and after it was let in
      client.reset();
    }
  }
  EXPECT_TRUE(rig.until([&] { return rig.server().connections() == 1; }));
  other.send("TP/1.1\r\nHost: a\r\n\r\n");
  expect_hello(rig, other);
}

TEST(Faults, an_interrupted_wait_continues) {  // A20; see ServerProgram for a real SIGSTOP
  ServerRig rig(as_hello_server());
  Client& client = rig.connect().ask("GET", "/");
  sys::FailNth interrupted(1, EINTR, "epoll_wait");
  sys::ScopedObserver watching(interrupted);
  expect_hello(rig, client);
  EXPECT_TRUE(interrupted.has_failed());
}

TEST(Faults, an_interrupted_read_or_write_continues) {  // A21
  for (const char* const name : {"recv", "send", "accept4"}) {
    ServerRig rig(as_hello_server());
    Client& client = rig.connect().ask("GET", "/");
    sys::FailNth interrupted(1, EINTR, name);
    sys::ScopedObserver watching(interrupted);
    expect_hello(rig, client);
    EXPECT_TRUE(interrupted.has_failed());
  }
}

TEST(Faults, an_answer_that_the_kernel_does_not_take_at_once_is_sent_later) {  // A22
  ServerRig rig(as_hello_server());
  Client& client = rig.connect().ask("GET", "/");
  {
    sys::FailNth full(1, EAGAIN, "send");
    sys::ScopedObserver watching(full);
    expect_hello(rig, client);
    EXPECT_TRUE(full.has_failed());
  }
  EXPECT_EQ(rig.logged("answered from request 101"), 1u);
  expect_hello(rig, client.ask("GET", "/"), 2);
}

TEST(Faults, an_answer_that_is_taken_in_parts_arrives_whole) {  // A22, B11
  const std::string body = binary(4'290'000);
  ServerRig rig(
      {}, [](const http::Request& request) { return http::Response::bytes(200, request.body); });
  Client& client = rig.connect(true);
  client.reads = false;
  client.ask("POST", "/", body);
  rig.settle();
  client.reads = true;
  ASSERT_TRUE(rig.answered(client));
  EXPECT_TRUE(client.answers().front().body == body);
}

TEST(Faults, every_line_of_an_answer_ends_with_crlf) {  // A23
  ServerRig rig(as_hello_server());
  Client& good = rig.connect().ask("GET", "/");
  Client& bad = rig.connect().send("bad\r\n\r\n");
  Client& expecting = rig.connect().send(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
  expect_hello(rig, good);
  ASSERT_TRUE(rig.answered(bad));
  ASSERT_TRUE(rig.until([&] { return !expecting.received().empty(); }));
  for (const Client* client : {&good, &bad, &expecting}) {
    const std::string& text = client->received();
    const std::size_t end_of_head = text.find("\r\n\r\n");
    ASSERT_NE(end_of_head, text.npos) << text;
    for (std::size_t i = 0; i < end_of_head + 4; ++i) {
      if (text[i] == '\n') {
        EXPECT_EQ(text[i - 1], '\r') << text;
      }
    }
  }
}

TEST(Faults, a_kept_connection_is_kept_and_pipelined_requests_are_answered) {  // A24
  ServerRig rig(as_hello_server());
  Client& client = rig.connect().ask("GET", "/").ask("GET", "/");
  expect_hello(rig, client, 2);
  rig.settle();
  EXPECT_FALSE(client.ended());
  expect_hello(rig, client.ask("GET", "/"), 3);
  EXPECT_TRUE(client.answers().back().keep_alive);
}

TEST(Faults, half_requests_do_not_keep_others_out_for_ever) {  // A26
  HttpServerOptions options = as_hello_server();
  options.head_timeout = options.linger_timeout = 50ms;
  options.max_connections = 100;
  ServerRig rig(options);
  std::vector<Client*> slow;
  for (int i = 0; i < 300; ++i) slow.push_back(&rig.connect().send("GET / HTTP/1.1\r\n"));
  EXPECT_TRUE(rig.serves()) << "it stands behind them in the queue";
  for (const Client* client : slow) {
    ASSERT_TRUE(rig.ended(*client));
    ASSERT_EQ(client->answers().size(), 1u);
    EXPECT_EQ(client->answers().front().status, 408);
  }
}

TEST(Faults, a_body_beyond_the_limit_is_neither_kept_nor_awaited) {  // A27
  ServerRig rig(as_hello_server());
  Client& client = rig.connect().send(post(9'999'999'999));
  ASSERT_TRUE(rig.answered(client));
  EXPECT_EQ(client.answers().front().status, 413);
}

TEST(Faults, expect_100_continue_is_answered_at_once) {  // A32
  ServerRig rig(as_hello_server());
  const std::string file = binary(1'049'000);
  Client& client = rig.connect().send(
      "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 1049000\r\n"
      "Expect: 100-continue\r\n\r\n");
  const auto turns = rig.loop().turns();
  ASSERT_TRUE(rig.until([&] { return client.received() == "HTTP/1.1 100 Continue\r\n\r\n"; }));
  EXPECT_LE(rig.loop().turns() - turns, 3u);
  expect_hello(rig, client.send(file));
}

TEST(Faults, methods_and_paths_are_looked_at) {  // A33
  ServerRig rig(as_hello_server());
  Client& client = rig.connect().ask("GET", "/nothing").ask("DELETE", "/").ask("BREW", "/");
  ASSERT_TRUE(rig.answered(client, 3));
  EXPECT_EQ(client.answers()[0].status, 404);
  EXPECT_EQ(client.answers()[1].status, 405);
  EXPECT_EQ(client.answers()[2].status, 501);
}

}  // namespace
