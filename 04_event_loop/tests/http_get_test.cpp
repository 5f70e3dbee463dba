#include "event_loop/http_get.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "epoll/tcp_listener.hpp"
#include "syscall/open_descriptors.hpp"

namespace {

using epoll::SocketAddress;
using event_loop::EventLoop;
using event_loop::HttpGet;

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
  explicit Scripted(EventLoop& loop) : loop_(loop), listener_(listen()) {}

  [[nodiscard]] SocketAddress address() const { return listener_.local_address().value(); }

  // Turns the loop until the client is here and its request has come.
  std::string accept_and_read() {
    while (!stream_) {
      if (auto client = listener_.accept()) {
        stream_.emplace(std::move(client->stream));
      } else {
        turn();
      }
    }
    std::string request;
    std::array<std::byte, 4096> buffer;
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

 private:
  static epoll::TcpListener listen() {
    return epoll::TcpListener::bind(SocketAddress::loopback(0)).value();
  }
  EventLoop& loop_;
  epoll::TcpListener listener_;
  std::optional<epoll::TcpStream> stream_;
};

class HttpGetTest : public testing::Test {
 protected:
  std::unique_ptr<HttpGet> get(std::vector<SocketAddress> addresses, Told& told) {
    return std::make_unique<HttpGet>(*loop_, url(), std::move(addresses),
                                     [&told](HttpGet::Outcome outcome) {
                                       ++told.times;
                                       if (outcome) {
                                         told.status = (*outcome)->status;
                                         told.body = (*outcome)->body_text();
                                       } else {
                                         told.error = outcome.error();
                                       }
                                     });
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

TEST_F(HttpGetTest, a_server_that_speaks_something_else_is_an_error) {
  Scripted server(*loop_);
  Told told;
  const auto client = get({server.address()}, told);
  server.accept_and_read();
  server.send("220 mail.example ESMTP\r\n");
  run_until_told(told);
  EXPECT_NE(told.error, "");
}

SocketAddress nobody_there() {
  // Bound, asked for its port, and closed again: nobody listens there.
  return epoll::TcpListener::bind(SocketAddress::loopback(0)).value().local_address().value();
}

TEST_F(HttpGetTest, a_refused_connection_is_told_once_and_from_the_loop) {
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
TEST_F(HttpGetTest, two_at_once_are_each_told_once_and_nobody_spins) {
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
  quick.close();  // of no interest to one who is done
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

}  // namespace
