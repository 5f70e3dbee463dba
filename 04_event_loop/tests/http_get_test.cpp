#include "event_loop/http_get.hpp"

#include <gtest/gtest.h>

#include <array>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "allocations.hpp"
#include "epoll/tcp_listener.hpp"
#include "syscall/observer.hpp"
#include "syscall/open_descriptors.hpp"

namespace {

using epoll::SocketAddress;
using event_loop::EventLoop;
using event_loop::HttpGet;
using event_loop::HttpGetOptions;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;

http::Url url(const std::string& text = "http://test.example/page?x=1") {
  return http::Url::parse(text).value();
}

// What became of one request.
struct Told {
  int times = 0;
  int status = 0;
  std::string body;
  std::string error;
};

// A server that does exactly what a test tells it to, one connection, in the same thread.
class Scripted {
 public:
  explicit Scripted(EventLoop& loop, SocketAddress at = SocketAddress::loopback(0))
      : loop_(loop), listener_(epoll::TcpListener::bind(at).value()) {}

  [[nodiscard]] SocketAddress address() const { return listener_.local_address().value(); }

  // Turns the loop until the client is here.
  void accept() {
    while (!stream_) {
      if (auto client = listener_.accept()) {
        stream_.emplace(std::move(client->stream));
      } else {
        turn();
      }
    }
  }
  // ... and its request has come.
  std::string accept_and_read() {
    accept();
    std::string request;
    std::array<std::byte, 64 * 1024> buffer;
    while (!request.ends_with("\r\n\r\n")) {
      if (const auto count = stream_->read(buffer)) {
        request.append(reinterpret_cast<const char*>(buffer.data()), *count);
      } else {
        turn();
      }
    }
    return request;
  }
  void send(std::string_view text) {
    EXPECT_EQ(stream_->write(std::as_bytes(std::span(text))), text.size());
  }
  void close() { stream_->close(); }
  void turn() { ASSERT_TRUE(loop_.run_once(std::chrono::milliseconds(1))); }

  [[nodiscard]] bool is_connected() const { return stream_.has_value(); }

 private:
  EventLoop& loop_;
  epoll::TcpListener listener_;
  std::optional<epoll::TcpStream> stream_;
};

// An address at which there is a listener that lets no more clients in: a client hears nothing, as
// from a machine that is down. Its queue is full, and further SYNs are dropped [listen(2)].
class Silent {
 public:
  Silent() {
    // A queue of 0 has room for one. Whether the second one is let in, only time would tell.
    for (int i = 0; i < 4; ++i) clients_.push_back(epoll::TcpStream::connect(address()).value());
  }
  [[nodiscard]] SocketAddress address() const { return listener_.local_address().value(); }

 private:
  epoll::TcpListener listener_ =
      epoll::TcpListener::bind(SocketAddress::loopback(0), {.backlog = 0}).value();
  std::list<epoll::TcpStream> clients_;
};

class HttpGetTest : public testing::Test {
 protected:
  // Where a test wants no time to be over, it is an hour.
  static HttpGetOptions patient() {
    return {.step_timeout = 1h, .limit = 1h, .attempt_delay = 1h, .limits = {}};
  }
  std::unique_ptr<HttpGet> get(std::vector<SocketAddress> addresses, Told& told,
                               const HttpGetOptions& options = patient(),
                               const http::Url& page = url()) {
    return std::make_unique<HttpGet>(
        *loop_, page, std::move(addresses),
        [&told](HttpGet::Outcome outcome) {
          ++told.times;
          if (outcome) {
            told.status = (*outcome)->status;
            told.body = (*outcome)->body_text();
          } else {
            told.error = outcome.error();
          }
        },
        options);
  }
  void run_until_told(const Told& told) {
    while (told.times == 0) ASSERT_TRUE(loop_->run_once(std::chrono::seconds(1)));
  }

  std::unique_ptr<EventLoop> loop_ = EventLoop::create().value();
};

TEST_F(HttpGetTest, asks_for_the_page_with_lines_that_end_in_crlf) {
  Scripted server(*loop_);
  Told told;
  const auto client = get({server.address()}, told);
  EXPECT_EQ(server.accept_and_read(),
            "GET /page?x=1 HTTP/1.1\r\nHost: test.example\r\nConnection: close\r\n\r\n");
}

// B3: the original takes the end of the head for the end of the answer.
TEST_F(HttpGetTest, a_body_that_comes_after_its_head_is_waited_for) {
  Scripted server(*loop_);
  Told told;
  const auto client = get({server.address()}, told);
  server.accept_and_read();
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  for (int i = 0; i < 10; ++i) server.turn();
  EXPECT_EQ(told.times, 0);
  server.send("Hello");
  run_until_told(told);
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(told.body, "Hello");  // B4: five bytes, not a buffer of 4096
}

TEST_F(HttpGetTest, a_body_without_a_length_ends_with_the_connection) {
  Scripted server(*loop_);
  Told told;
  const auto client = get({server.address()}, told);
  server.accept_and_read();
  server.send("HTTP/1.0 200 OK\r\n\r\nHello");
  server.close();
  run_until_told(told);
  EXPECT_EQ(told.body, "Hello");
}

TEST_F(HttpGetTest, a_body_in_chunks_is_put_together) {
  Scripted server(*loop_);
  Told told;
  const auto client = get({server.address()}, told);
  server.accept_and_read();
  server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nHe\r\n");
  server.turn();
  server.send("3\r\nllo\r\n0\r\n\r\n");
  run_until_told(told);
  EXPECT_EQ(told.body, "Hello");
}

TEST_F(HttpGetTest, an_answer_that_is_cut_short_is_an_error) {
  Scripted server(*loop_);
  Told told;
  const auto client = get({server.address()}, told);
  server.accept_and_read();
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHel");
  server.close();
  run_until_told(told);
  EXPECT_NE(told.error, "");
}

TEST_F(HttpGetTest, a_server_of_another_protocol_is_an_error) {
  Scripted server(*loop_);
  Told told;
  const auto client = get({server.address()}, told);
  server.accept_and_read();
  server.send("220 mail.example ESMTP\r\n");
  run_until_told(told);
  EXPECT_NE(told.error, "");
}

SocketAddress nobody_there() {
  // Bound, asked for its port, and closed again: a port without a listener.
  return epoll::TcpListener::bind(SocketAddress::loopback(0)).value().local_address().value();
}

TEST_F(HttpGetTest, a_refused_connection_is_reported_once_and_from_the_loop) {
  Told told;
  const auto client = get({nobody_there()}, told);
  EXPECT_EQ(told.times, 0);
  run_until_told(told);
  EXPECT_EQ(told.error, std::make_error_code(std::errc::connection_refused).message());
  ASSERT_TRUE(loop_->run_once(std::chrono::seconds(0)));
  EXPECT_EQ(told.times, 1);
}

TEST_F(HttpGetTest, the_next_address_is_tried_when_one_refuses) {
  Scripted server(*loop_);
  Told told;
  const auto client = get({nobody_there(), server.address()}, told);
  server.accept_and_read();
  server.send("HTTP/1.1 204 No Content\r\n\r\n");
  run_until_told(told);
  EXPECT_EQ(told.status, 204);
}

TEST_F(HttpGetTest, without_an_address_there_is_an_error) {
  Told told;
  const auto client = get({}, told);
  run_until_told(told);
  EXPECT_NE(told.error, "");
}

// B1 and B2: the original tells one connection's end a hundred thousand times, and asks the kernel
// two million times a second whether something has come.
TEST_F(HttpGetTest, two_at_once_are_each_reported_once_without_spinning) {
  Scripted quick(*loop_);
  Scripted slow(*loop_);
  Told first;
  Told second;
  const auto a = get({quick.address()}, first);
  const auto b = get({slow.address()}, second);
  quick.accept_and_read();
  slow.accept_and_read();
  quick.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
  run_until_told(first);
  EXPECT_EQ(second.times, 0);
  quick.close();  // of no interest to one that is done
  // Nothing is ready now, so the loop sleeps: a turn that may wait finds nothing to do.
  const auto ran = loop_->run_once(std::chrono::milliseconds(20));
  ASSERT_TRUE(ran);
  EXPECT_EQ(*ran, 0u);
  slow.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
  run_until_told(second);
  EXPECT_EQ(first.times, 1);
  EXPECT_EQ(first.body + second.body, "12");
}

TEST_F(HttpGetTest, an_error_of_one_does_not_touch_the_other) {
  Scripted server(*loop_);
  Told refused;
  Told answered;
  const auto a = get({nobody_there()}, refused);
  const auto b = get({server.address()}, answered);
  server.accept_and_read();
  run_until_told(refused);
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  run_until_told(answered);
  EXPECT_EQ(answered.body, "ok");
}

TEST_F(HttpGetTest, destroying_it_gives_up_and_leaks_nothing) {
  Scripted server(*loop_);
  const sys::DescriptorWatch watch;
  Told told;
  {
    const auto client = get({server.address()}, told);
    ASSERT_TRUE(loop_->run_once(std::chrono::seconds(1)));
  }
  EXPECT_EQ(watch.change(), 0);
  EXPECT_EQ(told.times, 0);
  EXPECT_EQ(loop_->sources(), 0u);
}

// --- the request

TEST_F(HttpGetTest, sends_the_host_and_port_as_the_url_has_them) {
  for (const std::string host : {"test.example:8080", "[::1]:80", "127.0.0.1"}) {
    Scripted server(*loop_);
    Told told;
    const auto client = get({server.address()}, told, patient(), url("http://" + host + "/"));
    EXPECT_EQ(server.accept_and_read(),
              "GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
  }
}

TEST_F(HttpGetTest, a_request_that_is_larger_than_the_socket_arrives_whole) {
  Scripted server(*loop_);
  std::string target = "/";
  for (int i = 0; i < 8; ++i) target += std::string(1024 * 1024, static_cast<char>('a' + i));
  Told told;
  const auto client = get({server.address()}, told, {.step_timeout = 1h, .limit = 24h},
                          url("http://test.example" + target));
  sys::CallCounter calls;
  const sys::ScopedObserver watching(calls);
  server.accept();
  const auto connected = loop_->timers().next().value();
  const std::string request = server.accept_and_read();
  EXPECT_TRUE(request ==
              "GET " + target + " HTTP/1.1\r\nHost: test.example\r\nConnection: close\r\n\r\n");
  EXPECT_GE(calls.of("send"), 2u) << "this test wants a request that the kernel takes in pieces";
  EXPECT_GT(loop_->timers().next().value(), connected) << "from here on the answer has its time";
  server.send("HTTP/1.1 204 No Content\r\n\r\n");
  run_until_told(told);
  EXPECT_EQ(told.status, 204);
}

TEST_F(HttpGetTest, an_answer_is_read_although_the_request_could_not_be_sent) {
  Scripted server(*loop_);
  Told told;
  const auto client = get({server.address()}, told);
  sys::FailNth broken(1, EPIPE, "send");
  {
    const sys::ScopedObserver watching(broken);
    server.accept();
    while (!broken.has_failed()) server.turn();
  }
  server.send("HTTP/1.1 431 Too Large\r\nContent-Length: 2\r\n\r\nno");
  server.close();
  run_until_told(told);
  EXPECT_EQ(told.status, 431);
  EXPECT_EQ(told.body, "no");
}

TEST_F(HttpGetTest, a_request_for_which_the_kernel_has_no_memory_is_an_error_at_once) {
  for (const int error : {ENOMEM, ENOBUFS}) {
    Scripted server(*loop_);
    Told told;
    const auto client = get({server.address()}, told);
    sys::FailNth failing(1, error, "send");
    const sys::ScopedObserver watching(failing);
    server.accept();
    while (!failing.has_failed()) server.turn();
    run_until_told(told);
    EXPECT_EQ(told.error, sys::error_code(error).message());
  }
}

// --- the answer

TEST_F(HttpGetTest, a_wake_up_without_bytes_is_no_error) {
  Scripted server(*loop_);
  Told told;
  const auto client = get({server.address()}, told);
  server.accept_and_read();
  sys::FailNth nothing_there(1, EAGAIN, "recv");
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  {
    const sys::ScopedObserver watching(nothing_there);
    while (!nothing_there.has_failed()) server.turn();
  }
  run_until_told(told);
  EXPECT_EQ(told.error, "");
  EXPECT_EQ(told.body, "ok");
}

TEST_F(HttpGetTest, a_connection_that_breaks_is_reported_as_what_it_is) {
  Scripted server(*loop_);
  Told told;
  const auto client = get({server.address()}, told);
  server.accept_and_read();
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
  sys::FailNth reset(1, ECONNRESET, "recv");
  const sys::ScopedObserver watching(reset);
  run_until_told(told);
  EXPECT_EQ(told.error, std::make_error_code(std::errc::connection_reset).message());
}

TEST_F(HttpGetTest, says_what_is_wrong_with_an_answer) {
  for (const auto& [answer, what] :
       {std::pair("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHel", "the connection ended"),
        std::pair("HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "whitespace between a field's name"),
        std::pair("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", "longer than is allowed")}) {
    Scripted server(*loop_);
    Told told;
    HttpGetOptions options = patient();
    options.limits.body = 98;
    const auto client = get({server.address()}, told, options);
    server.accept_and_read();
    server.send(answer);
    server.close();
    run_until_told(told);
    EXPECT_TRUE(told.error.contains(what)) << told.error;
  }
}

TEST_F(HttpGetTest, keeps_a_body_of_a_gibibyte_by_default) {
  EXPECT_EQ(HttpGetOptions().limits.body, std::size_t{1} << 30);
  Scripted server(*loop_);
  Told told;
  const auto client = get({server.address()}, told, HttpGetOptions());
  server.accept_and_read();
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
  for (int i = 0; i < 10; ++i) server.turn();
  EXPECT_EQ(told.error, "") << "64 MiB, the limit of a server, is too little for a client";
}

TEST_F(HttpGetTest, a_body_in_small_chunks_costs_its_own_size) {
  Scripted server(*loop_);
  std::string chunks;
  for (int i = 0; i < 10'000; ++i) chunks += "1\r\nx\r\n";
  Told told;
  const auto client = get({server.address()}, told);
  server.accept_and_read();
  allocations::Watch watch;
  server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 50; ++i) {
    server.send(chunks);
    server.turn();
    server.turn();
  }
  server.send("0\r\n\r\n");
  run_until_told(told);
  EXPECT_EQ(told.body.size(), 500'000u);
  EXPECT_LT(watch.peak_bytes(), 2'500'000u) << "what came on the wire are 3,000,000";
}

TEST_F(HttpGetTest, may_be_destroyed_when_it_is_done) {
  for (const bool answered : {true, false}) {
    std::optional<Scripted> server(std::in_place, *loop_);
    std::unique_ptr<HttpGet> client;
    int times = 0;
    const auto address = server->address();
    if (!answered) server.reset();
    client = std::make_unique<HttpGet>(
        *loop_, url(), std::vector{address},
        [&](HttpGet::Outcome) {
          ++times;
          client.reset();
        },
        patient());
    if (server) {
      server->accept_and_read();
      server->send("HTTP/1.1 204 No Content\r\n\r\n");
    }
    while (times == 0) ASSERT_TRUE(loop_->run_once(std::chrono::seconds(1)));
    EXPECT_EQ(loop_->sources(), 0u);
    EXPECT_EQ(loop_->timers().size(), 0u);
  }
}

// --- how long

TEST_F(HttpGetTest, a_head_has_one_deadline_and_each_piece_of_a_body_a_new_one) {
  Scripted server(*loop_);
  Told told;
  const auto client = get({server.address()}, told, {.step_timeout = 1h, .limit = 24h});
  server.accept_and_read();
  const auto deadline = [&] { return loop_->timers().next().value(); };
  const auto sent = deadline();
  for (const char byte : std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r")) {
    server.send({&byte, 1});
    for (int i = 0; i < 3; ++i) server.turn();
    ASSERT_EQ(deadline(), sent);
  }
  auto last = sent;
  for (const char byte : std::string_view("\n12345678")) {
    server.send({&byte, 1});
    while (deadline() == last) server.turn();
    EXPECT_GT(deadline(), last);
    last = deadline();
  }
  server.send("9");
  run_until_told(told);
  EXPECT_EQ(told.body, "123456789");
}

TEST_F(HttpGetTest, a_head_that_drips_is_given_up) {
  Scripted server(*loop_);
  Told told;
  const auto client = get({server.address()}, told, {.step_timeout = 50ms, .limit = 1h});
  server.accept_and_read();
  server.send("HTTP/1.1 200 OK\r\nX: ");
  // 4,000 bytes are enough for 50 ms, and no limit of a head is reached with them.
  for (int bytes = 0; told.times == 0 && bytes < 4000; ++bytes) {
    server.send("x");
    server.turn();
    server.turn();
  }
  run_until_told(told);
  EXPECT_EQ(told.error, "no complete head within 0.050 s");
}

TEST_F(HttpGetTest, a_server_that_does_not_answer_is_given_up) {
  Scripted server(*loop_);
  Told told;
  const auto begin = event_loop::Clock::now();
  const auto client = get({server.address()}, told, {.step_timeout = 20ms, .limit = 1h});
  server.accept_and_read();
  run_until_told(told);
  EXPECT_GE(event_loop::Clock::now() - begin, 20ms);
  EXPECT_EQ(told.error, "no complete head within 0.020 s");
  EXPECT_EQ(loop_->sources(), 0u);
}

TEST_F(HttpGetTest, a_body_that_stops_coming_is_given_up) {
  Scripted server(*loop_);
  Told told;
  const auto client = get({server.address()}, told, {.step_timeout = 20ms, .limit = 1h});
  server.accept();
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123");
  run_until_told(told);
  EXPECT_EQ(told.error, "the server has stopped sending");
}

TEST_F(HttpGetTest, the_whole_request_has_a_limit_however_well_it_goes) {
  Scripted server(*loop_);
  Told told;
  const auto client = get({server.address()}, told, {.step_timeout = 1h, .limit = 50ms});
  server.accept();
  server.send("HTTP/1.1 200 OK\r\n\r\n");
  while (told.times == 0) {
    server.send("x");
    server.turn();
  }
  EXPECT_EQ(told.error, "no complete answer within 0.050 s");
}

TEST_F(HttpGetTest, limits_can_be_switched_off) {
  Scripted server(*loop_);
  Told told;
  constexpr auto never = std::chrono::milliseconds::max();
  const auto client = get({server.address()}, told,
                          {.step_timeout = never, .limit = never, .attempt_delay = never});
  server.accept_and_read();
  server.send("HTTP/1.1 204 No Content\r\n\r\n");
  run_until_told(told);
  EXPECT_EQ(told.status, 204);
}

// --- several addresses

TEST_F(HttpGetTest, an_address_that_does_not_answer_is_given_up) {
  const Silent silent;
  Told told;
  const auto client = get({silent.address()}, told, {.step_timeout = 20ms, .limit = 1h});
  run_until_told(told);
  EXPECT_EQ(told.error, std::make_error_code(std::errc::timed_out).message());
}

TEST_F(HttpGetTest, the_next_address_does_not_wait_for_one_that_does_not_answer) {
  const Silent silent;
  Scripted server(*loop_);
  Told told;
  HttpGetOptions options = patient();
  options.attempt_delay = 1ms;
  const auto client = get({silent.address(), server.address()}, told, options);
  server.accept_and_read();
  EXPECT_EQ(loop_->sources(), 1u) << "the other one is closed";
  server.send("HTTP/1.1 204 No Content\r\n\r\n");
  run_until_told(told);
  EXPECT_EQ(told.status, 204);
}

TEST_F(HttpGetTest, one_that_answers_in_time_is_alone) {
  Scripted first(*loop_);
  Scripted second(*loop_);
  Told told;
  sys::CallCounter calls;
  {
    const auto client = get({first.address(), second.address()}, told);
    const sys::ScopedObserver watching(calls);
    first.accept_and_read();
    first.send("HTTP/1.1 204 No Content\r\n\r\n");
    EXPECT_EQ(loop_->timers().size(), 1u) << "no other one is about to be tried";
    run_until_told(told);
  }
  EXPECT_EQ(told.status, 204);
  EXPECT_EQ(calls.of("connect"), 1u);
}

TEST_F(HttpGetTest, one_that_does_not_answer_keeps_its_head_start) {
  const Silent silent;
  Scripted server(*loop_);
  Told told;
  const auto client = get({silent.address(), server.address()}, told);
  sys::CallCounter calls;
  const sys::ScopedObserver watching(calls);
  for (int i = 0; i < 10; ++i) server.turn();
  EXPECT_EQ(calls.of("connect"), 1u);
}

TEST_F(HttpGetTest, one_that_is_refused_ends_no_other) {
  const Silent silent;
  Told told;
  const auto client = get({silent.address(), nobody_there()}, told,
                          {.step_timeout = 20ms, .limit = 1h, .attempt_delay = 1ms});
  run_until_told(told);
  EXPECT_EQ(told.error, std::make_error_code(std::errc::timed_out).message());
}

TEST_F(HttpGetTest, when_it_is_given_up_no_other_address_is_tried) {
  const Silent silent;
  Told told;
  const auto client = get({silent.address(), silent.address()}, told,
                          {.step_timeout = 20ms, .limit = 1h, .attempt_delay = 1h});
  run_until_told(told);
  EXPECT_EQ(loop_->timers().size(), 0u);
  EXPECT_EQ(loop_->sources(), 0u);
}

TEST_F(HttpGetTest, the_families_take_turns) {
  const Silent silent;
  Scripted server(*loop_, SocketAddress::loopback_v6(0));
  Told told;
  const auto client = get({nobody_there(), silent.address(), server.address()}, told);
  server.accept_and_read();
  server.send("HTTP/1.1 204 No Content\r\n\r\n");
  run_until_told(told);
  EXPECT_EQ(told.status, 204);
}

TEST_F(HttpGetTest, an_address_that_cannot_be_tried_is_passed_over) {
  for (const char* const call : {"socket", "connect", "epoll_ctl"}) {
    Scripted first(*loop_);
    Scripted server(*loop_);
    Told told;
    const auto client = get({first.address(), server.address()}, told);
    sys::FailNth fails(1, EMFILE, call);
    {
      const sys::ScopedObserver watching(fails);
      server.accept_and_read();
    }
    EXPECT_TRUE(fails.has_failed()) << call;
    server.send("HTTP/1.1 204 No Content\r\n\r\n");
    run_until_told(told);
    EXPECT_EQ(told.status, 204) << call;
  }
}

TEST_F(HttpGetTest, the_only_address_cannot_be_tried) {
  for (const char* const call : {"socket", "connect", "epoll_ctl"}) {
    Scripted server(*loop_);
    Told told;
    const auto client = get({server.address()}, told);
    sys::FailNth fails(1, EMFILE, call);
    const sys::ScopedObserver watching(fails);
    run_until_told(told);
    EXPECT_EQ(told.error, std::make_error_code(std::errc::too_many_files_open).message()) << call;
  }
}

TEST_F(HttpGetTest, the_error_of_the_last_one_is_reported_once_all_have_failed) {
  Told told;
  const auto client = get({nobody_there(), nobody_there(), nobody_there()}, told);
  run_until_told(told);
  EXPECT_EQ(told.error, std::make_error_code(std::errc::connection_refused).message());
  EXPECT_EQ(loop_->sources(), 0u);
  EXPECT_EQ(loop_->timers().size(), 0u);
}

}  // namespace
