// How a connection ends before its client wants it to: what is refused, and what its owner decides.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "http/session.hpp"
#include "requests.hpp"
#include "session_driver.hpp"

namespace {

using http::Next;
using http::Phase;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// --- what is refused

TEST(Session, says_what_is_wrong_and_closes) {
  struct Case {
    int status;
    std::string request;
  };
  http::SessionOptions options;
  options.limits = {.request_line = 100, .head = 1000, .fields = 10, .body = 1000};
  for (const auto& [status, request] : {
           Case{400, "GET / HTTP/1.1\r\n\r\n"},  // no Host
           Case{400, "GET /\r\n\r\n"},
           Case{413, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"},
           Case{413,
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                "3e9\r\n" +
                    std::string(1001, 'x') + "\r\n0\r\n\r\n"},
           Case{414, "GET /" + std::string(200, 'x')},
           Case{417, "GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n"},
           Case{431, "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(2000, 'x')},
           Case{501, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"},
           Case{505, "GET / HTTP/2.0\r\n\r\n"},
       }) {
    SessionDriver client(options);
    client.receive(request + kGet);
    EXPECT_THAT(client.sent, StartsWith("HTTP/1.1 " + std::to_string(status) + " "))
        << request.substr(0, 80);
    EXPECT_THAT(client.sent, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(client.sent, HasSubstr(": "));
    EXPECT_THAT(client.sent, EndsWith(")\n")) << "the section of the RFC ends the text";
    EXPECT_THAT(client.targets, IsEmpty()) << "nothing that follows is a request any more";
    ASSERT_EQ(client.trace.refusals.size(), 1u);
    EXPECT_EQ(client.trace.refusals[0].status, status);
    EXPECT_EQ(client.shutdowns, 1);
    EXPECT_EQ(client.session.phase(), Phase::lingering);
    EXPECT_EQ(client.session.requests_answered(), 0u) << "what is refused was no request";
  }
}

TEST(Session, a_refusal_to_open_a_tunnel_is_an_answer_like_others) {
  SessionDriver client;
  client.answer = [](http::Session& s) { s.respond(http::Response::text(405, "no")); };
  client.receive("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n" + kGet);
  EXPECT_THAT(client.sent, HasSubstr("Content-Length: 2\r\n\r\nno"));
  EXPECT_EQ(client.targets.size(), 2u) << "the connection goes on";
}

// Its client takes what follows for the tunnel's, and sends into it what is no request to us.
TEST(Session, a_success_that_would_open_a_tunnel_has_no_body_and_is_the_last) {
  for (const bool streams : {false, true}) {
    SessionDriver client;
    if (streams) {
      client.answer = [](http::Session& s) {
        s.respond_streaming(http::Response(200));
        s.append_body(http::as_bytes("text"));
        s.end_body();
      };
    }
    client.receive("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n" + kGet);
    EXPECT_EQ(client.targets, std::vector<std::string>{"a:80"});
    EXPECT_THAT(client.sent, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(client.sent, EndsWith("Connection: close\r\n\r\n"));
    EXPECT_THAT(client.sent, Not(HasSubstr("Content-Length")));
    EXPECT_THAT(client.sent, Not(HasSubstr("Transfer-Encoding")));
    EXPECT_EQ(client.session.phase(), Phase::lingering);
  }
}

TEST(Session, answers_what_came_before_the_bad_bytes) {
  SessionDriver client;
  client.receive(get("/1") + "nonsense\r\n\r\n");
  EXPECT_THAT(client.sent, StartsWith(answer_200("/1") + "HTTP/1.1 400 Bad Request\r\n"));
}

TEST(Session, refuses_a_head_request_without_a_body) {
  SessionDriver client;
  client.receive("HEAD / HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.sent, StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(client.sent, EndsWith("\r\n\r\n"));
}

TEST(Session, refuses_a_head_request_without_a_body_wherever_it_begins_and_whatever_is_wrong) {
  for (const std::string_view request :
       {"\r\n\r\nHEAD / HTTP/1.1\r\n\r\n", "HEAD  / HTTP/1.1\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nx\r\n"}) {
    SessionDriver client;
    client.receive(request);
    EXPECT_THAT(client.sent, StartsWith("HTTP/1.1 400 ")) << request;
    EXPECT_THAT(client.sent, EndsWith("\r\n\r\n")) << request;
  }
  SessionDriver late;
  late.receive(get("/1") + "\r\nHEAD / HTTP/1.1\r\n");
  late.take_sent();
  late.session.timed_out();
  late.run();
  EXPECT_THAT(late.sent, StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(late.sent, EndsWith("\r\n\r\n"));
}

// --- the owner's deadlines and its end

TEST(Session, bytes_that_are_not_parsed_yet_are_the_beginning_of_a_request) {
  http::Session session;
  session.input_space()[0] = std::byte{'G'};
  EXPECT_EQ(session.phase(), Phase::idle);
  session.received(1);
  EXPECT_EQ(session.phase(), Phase::head);
  EXPECT_EQ(session.advance(), Next::read);
  EXPECT_EQ(session.phase(), Phase::head);
}

TEST(Session, late_is_408_for_a_request_that_has_begun) {
  for (const std::string_view begun :
       {"GET", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc"}) {
    SessionDriver client;
    client.receive(begun);
    client.session.timed_out();
    client.run();
    EXPECT_THAT(client.sent, StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
    EXPECT_THAT(client.sent, HasSubstr("Connection: close\r\n"));
    EXPECT_EQ(client.session.phase(), Phase::lingering);
    client.session.timed_out();
    EXPECT_EQ(client.run(), Next::close) << "lingering has its own deadline";
  }
}

TEST(Session, late_is_the_end_for_an_idle_client_and_for_one_that_does_not_read) {
  SessionDriver idle;
  idle.session.timed_out();
  EXPECT_EQ(idle.run(), Next::close);
  EXPECT_EQ(idle.sent, "");

  SessionDriver deaf;
  deaf.reads_answers = false;
  deaf.receive(kGet);
  ASSERT_EQ(deaf.session.phase(), Phase::writing);
  deaf.session.timed_out();
  EXPECT_EQ(deaf.run(), Next::close);
}

TEST(Session, finishing_closes_an_idle_connection_now) {
  SessionDriver client;
  client.receive(kGet);
  client.take_sent();
  client.session.finish();
  EXPECT_EQ(client.run(), Next::close);
  EXPECT_EQ(client.sent, "");
  EXPECT_EQ(client.session.phase(), Phase::closed);
}

TEST(Session, finishing_waits_for_the_request_that_has_begun_and_says_close) {
  SessionDriver client;
  client.receive(kGet.substr(0, 10));
  client.session.finish();
  EXPECT_EQ(client.run(), Next::read);
  client.receive(kGet.substr(10));
  EXPECT_EQ(client.sent, answer_200("/a", "Connection: close\r\n"));
  EXPECT_EQ(client.session.phase(), Phase::lingering);
}

TEST(Session, finishing_answers_everything_that_has_come) {
  SessionDriver client;
  client.answer = [](http::Session& s) {
    s.finish();
    s.respond(http::Response::text(200, s.request().target));
  };
  client.receive(get("/1") + get("/2"));
  EXPECT_EQ(client.sent, answer_200("/1") + answer_200("/2", "Connection: close\r\n"));
}

TEST(Session, where_the_server_is_to_end_the_next_answer_is_the_last_and_an_idle_connection_stays) {
  bool ending = false;
  http::SessionOptions options;
  options.ending = &ending;
  SessionDriver client(options);
  client.receive(kGet);
  EXPECT_EQ(client.take_sent(), answer_200("/a"));
  ending = true;
  EXPECT_EQ(client.run(), Next::read) << "it may ask once more";
  client.receive(get("/1") + get("/2"));
  EXPECT_EQ(client.sent, answer_200("/1") + answer_200("/2", "Connection: close\r\n"));
  EXPECT_EQ(client.session.phase(), Phase::lingering);
}

TEST(Session, where_the_server_is_to_end_a_streamed_answer_is_the_last_as_well) {
  const bool ending = true;
  http::SessionOptions options;
  options.ending = &ending;
  SessionDriver client(options);
  client.answer = [](http::Session& s) {
    s.respond_streaming(http::Response(200), 0);
    s.end_body();
  };
  client.receive(kGet);
  EXPECT_THAT(client.sent, HasSubstr("Connection: close\r\n"));
  EXPECT_EQ(client.session.phase(), Phase::lingering);
}

TEST(Session, finishing_sends_the_last_answer_to_its_end) {
  SessionDriver client;
  client.reads_answers = false;
  client.receive(kGet);
  client.session.finish();
  EXPECT_EQ(client.session.advance(), Next::write) << "the answer is made: it goes out whole";
  client.reads_answers = true;
  EXPECT_EQ(client.run(), Next::close);
  EXPECT_EQ(client.sent, answer_200("/a"));
}

}  // namespace
