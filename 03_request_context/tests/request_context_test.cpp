#include "http/request_context.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "context_driver.hpp"
#include "requests.hpp"
#include "session_driver.hpp"
#include "syscall/open_descriptors.hpp"

namespace {

using http::Next;
using http::Phase;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// --- answers that do not fit

// One original lost the answer when the socket was full, another ended when it took only a part.
TEST(RequestContext, an_answer_larger_than_the_socket_continues_where_it_stopped) {
  std::string body;
  for (int i = 0; i < 200'000; ++i) body += std::to_string(i) + " ";
  ContextDriver driver([&](const http::Request&) { return http::Response::text(200, body); }, {},
                       nullptr, Ends::local(4096));
  driver.client.send(get("/"));
  sys::CallCounter calls;
  {
    sys::ScopedObserver watching(calls);
    driver.settle();
  }
  EXPECT_EQ(driver.next, Next::write);
  EXPECT_EQ(driver.context->phase(), Phase::writing);
  EXPECT_EQ(calls.of("sendmsg") + calls.of("send"), 1u)
      << "a write that was cut short is not tried again at once";
  int rounds = 0;
  while (driver.client.read(3000)) {
    driver.settle();
    ++rounds;
  }
  EXPECT_GT(rounds, 100) << "it was sent in many pieces";
  EXPECT_EQ(take_body(driver.client.received), body);
  EXPECT_EQ(driver.next, Next::read);
}

TEST(RequestContext, does_not_read_from_a_client_that_does_not_read) {
  ContextDriver driver([](const http::Request&) { return http::Response::text(200, "x"); }, {},
                       nullptr, Ends::local(4096));
  std::size_t sent = 0;
  std::string pipeline;
  for (int i = 0; i < 100; ++i) pipeline += get("/");
  for (std::size_t n = 1; n > 0; sent += n) {
    // Whole requests or not: what fits.
    n = driver.client.send(pipeline.substr(sent % get("/").size()));
    driver.settle();
    ASSERT_LT(sent, 10 * kMiB) << "it takes in everything and never stops";
  }
  EXPECT_EQ(driver.next, Next::write);
}

TEST(RequestContext, a_large_upload_is_echoed_byte_for_byte_through_small_sockets) {
  std::string body;
  while (body.size() < kMiB) body += "line " + std::to_string(body.size()) + "\r\n";
  ContextDriver driver(echo, {}, nullptr, Ends::local(4096));
  driver.exchange(post("/", body));
  EXPECT_EQ(driver.left_unsent, 0u);
  EXPECT_EQ(take_body(driver.client.received), body);
}

// --- the client's ways

TEST(RequestContext, a_client_that_waits_for_100_continue_gets_it_in_the_same_turn) {
  ContextDriver driver(echo);
  const std::string request = post("/", "body", "Expect: 100-continue\r\n");
  driver.client.send(request.substr(0, request.size() - 4));
  EXPECT_TRUE(driver.turn());
  driver.client.read();
  EXPECT_EQ(std::exchange(driver.client.received, {}), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(driver.context->content_length(), 4u);
  driver.client.send("body");
  driver.settle();
  driver.client.read();
  EXPECT_EQ(take_body(driver.client.received), "body");
}

TEST(RequestContext, a_request_and_a_half_close_get_an_answer_and_then_the_end) {
  ContextDriver driver(hello);
  driver.client.send(get("/"));
  driver.client.end();
  driver.settle();
  driver.client.read();
  EXPECT_EQ(take_body(driver.client.received), "Hello! I am an epoll server.");
  EXPECT_TRUE(driver.client.ended);
  EXPECT_FALSE(driver.is_open());
  EXPECT_FALSE(driver.error);
}

TEST(RequestContext, the_end_before_anything_is_an_end_and_no_answer) {
  ContextDriver driver(hello);
  driver.client.end();
  driver.settle();
  driver.client.read();
  EXPECT_EQ(driver.client.received, "");
  EXPECT_TRUE(driver.client.ended);
  EXPECT_FALSE(driver.is_open());
}

TEST(RequestContext, the_end_inside_a_body_is_400) {
  ContextDriver driver(hello);
  driver.client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc");
  driver.client.end();
  driver.settle();
  driver.client.read();
  EXPECT_THAT(driver.client.received, StartsWith("HTTP/1.1 400 "));
  EXPECT_TRUE(driver.client.ended);
  EXPECT_FALSE(driver.is_open());
}

TEST(RequestContext, bytes_that_are_no_text_cause_no_spinning) {
  ContextDriver driver(echo);
  driver.client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n\xff\xfe");
  driver.settle();
  EXPECT_EQ(driver.turns, 1);
  driver.client.read();
  EXPECT_EQ(take_body(driver.client.received), "\xff\xfe");
}

TEST(RequestContext, a_client_that_is_refused_in_the_middle_of_its_upload_reads_why) {
  ContextDriver driver(hello, {}, nullptr, Ends::tcp());
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n";
  // It sends 10 MiB before it looks, as many clients do. A reset would throw the answer away.
  const std::string upload = head + std::string(10 * kMiB, 'x');
  std::size_t sent = 0;
  while (sent < upload.size()) {
    const std::size_t n = driver.client.send(std::string_view(upload).substr(sent));
    sent += n;
    ASSERT_EQ(driver.client.error, 0) << "reset after " << sent << " bytes";
    ASSERT_TRUE(n > 0 || driver.turn(10'000)) << "the context does not read what is sent";
  }
  while (!driver.client.ended) {
    driver.settle();
    driver.client.read();
    ASSERT_EQ(driver.client.error, 0);
  }
  EXPECT_THAT(driver.client.received, StartsWith("HTTP/1.1 413 "));
  EXPECT_TRUE(driver.is_open()) << "as long as the client has not ended";
  driver.client.end();
  ASSERT_TRUE(driver.turn(10'000));
  driver.settle();
  EXPECT_FALSE(driver.is_open());
}

TEST(RequestContext, the_last_answer_is_followed_by_the_end_and_the_client_goes_first) {
  ContextDriver driver(hello);
  driver.client.send("GET / HTTP/1.0\r\n\r\nmore");
  driver.settle();
  driver.client.read();
  EXPECT_THAT(driver.client.received, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(driver.client.ended);
  EXPECT_EQ(driver.context->phase(), Phase::lingering);
  driver.client.close();
  driver.settle();
  EXPECT_FALSE(driver.is_open());
  EXPECT_FALSE(driver.error);
}

// --- at the head

// Writes down what it is given.
struct Collected : http::Upload {
  explicit Collected(std::string& into) : text(into) {}
  ~Collected() override { text += '.'; }
  void piece(std::span<const std::byte> bytes) override {
    text += http::as_text(bytes);
    if (text.contains("bad")) throw std::runtime_error("no such body");
  }
  http::Response answer(const http::Request& request) override {
    return http::Response::text(201, std::to_string(request.body_size));
  }
  std::string& text;
};

TEST(RequestContext, an_upload_gets_the_body_as_it_comes_and_answers) {
  std::string text;
  ContextDriver driver(hello, {.at_head = [&](const http::Request& request) -> http::AtHead {
                         EXPECT_EQ(request.content_length, 11u);
                         return std::make_unique<Collected>(text);
                       }});
  driver.client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello");
  driver.settle();
  EXPECT_EQ(text, "hello");
  driver.client.send(" world" + get("/"));
  driver.settle();
  EXPECT_EQ(text, "hello world.");
  driver.client.read();
  EXPECT_THAT(driver.client.received, StartsWith("HTTP/1.1 201 Created\r\n"));
  EXPECT_EQ(take_body(driver.client.received), "11");
  EXPECT_EQ(take_body(driver.client.received), "Hello! I am an epoll server.");
}

TEST(RequestContext, a_request_is_refused_at_its_head_and_the_client_reads_why) {
  ContextDriver driver(hello, {.at_head = [](const http::Request& request) -> http::AtHead {
                         if (request.path() == "/up") return http::BodyMode::keep;
                         return http::Response::text(404, "There is no such page.\n");
                       }},
                       nullptr, Ends::tcp());
  driver.client.send(
      "POST /no HTTP/1.1\r\nHost: x\r\nContent-Length: 67108864\r\nExpect: 100-continue\r\n\r\n");
  while (!driver.client.ended) {
    ASSERT_TRUE(driver.turn(10'000));
    driver.client.read();
  }
  EXPECT_THAT(driver.client.received, StartsWith("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_THAT(driver.client.received, HasSubstr("Connection: close\r\n"));
  EXPECT_EQ(driver.context->phase(), Phase::lingering);
}

TEST(RequestContext, what_is_thrown_at_the_head_or_by_an_upload_is_500) {
  for (const std::string where : {"/head", "/piece", "/none", "/interim"}) {
    std::string text;
    Recorder trace;
    ContextDriver driver(hello, {.at_head = [&](const http::Request& request) -> http::AtHead {
                           if (request.path() == "/head") throw std::runtime_error("no");
                           if (request.path() == "/none") return std::unique_ptr<http::Upload>();
                           if (request.path() == "/interim") return http::Response(102);
                           return std::make_unique<Collected>(text);
                         }},
                         &trace);
    driver.client.send("POST " + where + " HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nbad");
    driver.settle();
    driver.client.read();
    EXPECT_THAT(driver.client.received, StartsWith("HTTP/1.1 500 ")) << where;
    EXPECT_THAT(driver.client.received, HasSubstr("Connection: close\r\n")) << where;
    EXPECT_EQ(trace.failures.size(), 1u) << where;
    EXPECT_EQ(text, where == "/piece" ? "bad." : "") << "what is not wanted any more is destroyed";
  }
}

TEST(RequestContext, an_upload_ends_with_its_connection) {
  std::string text;
  ContextDriver driver(hello, {.at_head = [&](const http::Request&) -> http::AtHead {
                         return std::make_unique<Collected>(text);
                       }});
  driver.client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello");
  driver.settle();
  driver.context.reset();
  EXPECT_EQ(text, "hello.");
}

// --- the handler

TEST(RequestContext, a_handler_that_throws_gives_500_and_is_reported) {
  Recorder trace;
  ContextDriver driver(
      [](const http::Request&) -> http::Response { throw std::runtime_error("no such table"); }, {},
      &trace);
  driver.client.send(get("/") + get("/"));
  driver.settle();
  driver.client.read();
  EXPECT_THAT(driver.client.received, StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
  EXPECT_THAT(driver.client.received, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(driver.client.received, EndsWith("\r\n\r\nInternal Server Error\n"))
      << "the client does not learn why, and there is one answer";
  EXPECT_THAT(trace.failures, ElementsAre("no such table"));
}

TEST(RequestContext, a_handler_may_throw_anything_and_may_not_give_an_interim_answer) {
  Recorder trace;
  int calls = 0;
  const auto handler = [&](const http::Request&) -> http::Response {
    if (++calls == 1) throw 42;
    return http::Response(100);
  };
  for (int i = 0; i < 2; ++i) {
    ContextDriver driver(handler, {}, &trace);
    driver.client.send(get("/"));
    driver.settle();
    driver.client.read();
    EXPECT_THAT(driver.client.received, StartsWith("HTTP/1.1 500 "));
  }
  EXPECT_EQ(trace.failures.size(), 2u);
}

// --- from outside

TEST(RequestContext, an_idle_connection_that_is_late_is_closed) {
  ContextDriver driver(hello);
  EXPECT_EQ(driver.context->timed_out(), Next::close);
}

TEST(RequestContext, a_request_that_is_late_is_408_and_then_lingers) {
  ContextDriver driver(hello);
  driver.client.send("GET / HT");
  driver.settle();
  EXPECT_EQ(driver.context->timed_out(), Next::read);
  driver.client.read();
  EXPECT_THAT(driver.client.received, StartsWith("HTTP/1.1 408 "));
  EXPECT_TRUE(driver.client.ended);
  EXPECT_EQ(driver.context->timed_out(), Next::close);
}

TEST(RequestContext, a_client_that_does_not_read_is_closed_when_it_is_late) {
  ContextDriver driver(
      [](const http::Request&) { return http::Response::text(200, std::string(kMiB, 'x')); }, {},
      nullptr, Ends::local(4096));
  driver.client.send(get("/"));
  driver.settle();
  ASSERT_EQ(driver.next, Next::write);
  EXPECT_EQ(driver.context->timed_out(), Next::close);
}

TEST(RequestContext, finishing_closes_what_is_idle_and_lets_the_rest_come_to_its_end) {
  ContextDriver idle(hello);
  EXPECT_EQ(idle.context->finish(), Next::close);

  ContextDriver busy(hello);
  busy.client.send("GET / HT");
  busy.settle();
  EXPECT_EQ(busy.context->finish(), Next::read);
  busy.client.send("TP/1.1\r\nHost: x\r\n\r\n");
  busy.settle();
  busy.client.read();
  EXPECT_THAT(busy.client.received, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(busy.client.ended);
}

TEST(RequestContext, finishing_answers_a_request_that_no_event_has_reported_yet) {
  ContextDriver driver(hello);
  driver.client.send(get("/"));
  driver.obey(driver.context->finish());
  driver.settle();
  driver.client.read();
  EXPECT_THAT(driver.client.received, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(driver.client.ended);
}

TEST(RequestContext, may_be_moved_between_turns) {
  http::Handler handler = echo;
  Ends ends = Ends::local();
  Client client(std::move(ends.client));
  http::RequestContext first(epoll::TcpStream::adopt(std::move(ends.server)), handler);
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbo");
  EXPECT_EQ(first.read_cb().value(), Next::read);
  http::RequestContext second = std::move(first);
  client.send("dy");
  EXPECT_EQ(second.read_cb().value(), Next::read);
  client.read();
  EXPECT_EQ(take_body(client.received), "body");
}

TEST(RequestContext, owns_its_socket_and_closes_it_once) {
  sys::DescriptorWatch watch;
  {
    ContextDriver driver(hello);
    driver.client.send(get("/"));
    driver.settle();
    EXPECT_EQ(watch.change(), 2);
    driver.context.reset();
    EXPECT_EQ(watch.change(), 1);
    driver.client.read();
    EXPECT_TRUE(driver.client.ended);
  }
  EXPECT_EQ(watch.change(), 0);
}

TEST(RequestContext, reports_the_true_counts_to_its_trace) {
  Recorder trace;
  ContextDriver driver(hello, {}, &trace);
  const std::string upload = post("/", std::string(1000, 'x'));
  driver.client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n" + upload);
  driver.settle();
  EXPECT_THAT(trace.requests, ElementsAre(27, upload.size()));
  EXPECT_THAT(trace.lengths, ElementsAre(1000));
  EXPECT_EQ(trace.answers, 2);
  driver.client.send("nonsense\r\n\r\n");
  driver.settle();
  ASSERT_EQ(trace.refusals.size(), 1u);
  EXPECT_EQ(trace.refusals[0].status, 400);
  EXPECT_EQ(trace.answers, 2);
}

}  // namespace
