// Errors of the kernel and of the client: each ends one connection at most, and loses nothing that
// could be kept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "allocations.hpp"
#include "context_driver.hpp"
#include "requests.hpp"

namespace {

using http::Next;
using testing::HasSubstr;
using testing::StartsWith;

// --- one call fails

TEST(RequestContextFault, an_interrupted_read_is_read_again) {
  ContextDriver driver(echo);
  driver.client.send(post("/", "body"));
  sys::FailNth first(1, EINTR, "recv");
  {
    sys::ScopedObserver watching(first);
    driver.settle();
  }
  EXPECT_EQ(first.seen(), 2u);
  driver.client.read();
  EXPECT_THAT(driver.client.received, testing::EndsWith("\r\n\r\nbody"));
}

TEST(RequestContextFault, an_interrupted_or_refused_write_loses_nothing) {
  for (const int error : {EINTR, EAGAIN}) {
    ContextDriver driver(echo);
    driver.client.send(post("/", "body"));
    sys::FailNth first(1, error, "send");
    {
      sys::ScopedObserver watching(first);
      driver.settle();
    }
    EXPECT_EQ(first.seen(), 2u);
    driver.client.read();
    EXPECT_THAT(driver.client.received, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(driver.client.received, testing::EndsWith("\r\n\r\nbody"));
    EXPECT_EQ(driver.next, Next::read);
  }
}

TEST(RequestContextFault, a_socket_that_is_full_is_waited_for_and_not_asked_again) {
  ContextDriver driver(echo);
  driver.client.send(post("/", "body"));
  sys::FailNth first(1, EAGAIN, "send");
  sys::ScopedObserver watching(first);
  ASSERT_TRUE(driver.turn());
  EXPECT_EQ(first.seen(), 1u);
  EXPECT_EQ(driver.next, Next::write);
}

TEST(RequestContextFault, an_error_of_a_call_is_an_error_of_this_connection) {
  for (const int error : {ECONNRESET, ENOMEM, EPIPE, ETIMEDOUT}) {
    for (const std::string_view call : {"recv", "send"}) {
      ContextDriver driver(echo);
      driver.client.send(post("/", "body"));
      sys::FailNth first(1, error, call);
      sys::ScopedObserver watching(first);
      driver.settle();
      EXPECT_FALSE(driver.is_open());
      ASSERT_TRUE(driver.error) << call;
      EXPECT_EQ(*driver.error, sys::error_code(error));
    }
  }
}

TEST(RequestContextFault, a_shutdown_that_fails_is_the_end_and_no_error) {
  ContextDriver driver(echo);
  driver.client.send("GET / HTTP/1.0\r\n\r\nmore");
  sys::FailNth first(1, ENOTCONN, "shutdown");
  sys::ScopedObserver watching(first);
  driver.settle();
  EXPECT_TRUE(first.has_failed());
  EXPECT_FALSE(driver.is_open());
  EXPECT_FALSE(driver.error);
  driver.client.read();
  EXPECT_THAT(driver.client.received, StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(RequestContextFault, a_request_that_finds_no_memory_ends_its_connection) {
  ContextDriver driver(echo);
  ContextDriver other(echo);
  driver.client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
  driver.settle();
  driver.client.send(std::string(100'000, 'x'));
  {
    allocations::Shortage shortage(64 * 1024);
    driver.settle();
  }
  EXPECT_FALSE(driver.is_open());
  EXPECT_EQ(driver.error, std::errc::not_enough_memory);
  other.client.send(post("/", "body"));
  other.settle();
  other.client.read();
  EXPECT_THAT(other.client.received, testing::EndsWith("\r\n\r\nbody"));
}

// --- resets: the originals ended the whole server with one

TEST(RequestContextFault, a_reset_before_a_request_is_an_error_of_this_connection) {
  ContextDriver driver(echo, {}, nullptr, Ends::tcp());
  driver.client.reset();
  ASSERT_TRUE(driver.turn(10'000));
  EXPECT_FALSE(driver.is_open());
  EXPECT_EQ(driver.error, std::errc::connection_reset);
}

TEST(RequestContextFault, a_reset_instead_of_reading_the_answer_is_an_error_of_this_connection) {
  ContextDriver driver(
      [](const http::Request&) {
        return http::Response::text(200, std::string(16 * 1024 * 1024, 'x'));
      },
      {}, nullptr, Ends::tcp());
  driver.client.send(get("/"));
  ASSERT_TRUE(driver.turn(10'000));
  driver.settle();
  ASSERT_EQ(driver.next, Next::write) << "more than the sockets can hold";
  driver.client.reset();
  ASSERT_TRUE(driver.turn(10'000));
  EXPECT_FALSE(driver.is_open());
  ASSERT_TRUE(driver.error);
  EXPECT_TRUE(*driver.error == std::errc::connection_reset ||
              *driver.error == std::errc::broken_pipe)
      << driver.error->message();
}

TEST(RequestContextFault, a_client_that_is_gone_when_we_shut_down_is_no_error) {
  ContextDriver driver(echo);
  driver.client.send("GET / HTTP/1.0\r\n\r\n");
  driver.client.close();
  driver.settle();
  EXPECT_FALSE(driver.is_open());
}

}  // namespace
