// Errors of the kernel and of the client: each ends one connection at most, and loses nothing that
// could be kept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "allocations.hpp"
#include "context_driver.hpp"
#include "requests.hpp"
#include "syscall/open_descriptors.hpp"

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

// --- every call of a scenario fails once

// A conversation with all that a connection can do: an upload that is waited for, a pipeline, an
// answer that does not fit, a refusal, and the end.
class Scenario {
 public:
  Scenario() : driver_(echo, {}, nullptr, Ends::local(4096)) {}

  // True if every answer came, whole and in order.
  bool run() {
    const std::string upload = post("/", std::string(20'000, 'b'), "Expect: 100-continue\r\n");
    const std::size_t head = upload.size() - 20'000;
    driver_.exchange(upload.substr(0, head));
    driver_.exchange(upload.substr(head));
    driver_.exchange(get("/") + get("/") + post("/", "small") + "nonsense\r\n\r\n");
    driver_.client.end();
    driver_.exchange("");
    const std::string& all = driver_.client.received;
    return all.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n") &&
           all.contains(std::string(20'000, 'b').append("HTTP/1.1 200 OK\r\n")) &&
           all.contains("\r\n\r\nsmallHTTP/1.1 400 Bad Request\r\n") && all.ends_with(")\n") &&
           driver_.client.ended;
  }
  [[nodiscard]] bool is_over() const { return !driver_.is_open(); }

 private:
  ContextDriver driver_;
};

TEST(RequestContextFault, whichever_call_fails_nothing_hangs_leaks_or_is_answered_wrongly) {
  sys::DescriptorWatch descriptors;
  sys::CallCounter calls;
  {
    Scenario scenario;
    sys::ScopedObserver watching(calls);
    ASSERT_TRUE(scenario.run());
    ASSERT_TRUE(scenario.is_over());
  }
  ASSERT_GT(calls.total(), 10u) << calls.summary();

  for (const int error : {ECONNRESET, EINTR, EAGAIN, ENOMEM}) {
    const bool goes_on = error == EINTR || error == EAGAIN;
    for (std::size_t k = 1; k <= calls.total(); ++k) {
      Scenario scenario;
      sys::FailNth fault(k, error);
      bool complete = false;
      {
        sys::ScopedObserver watching(fault);
        complete = scenario.run();
      }
      ASSERT_TRUE(fault.has_failed());
      EXPECT_TRUE(scenario.is_over()) << "call " << k << ", error " << error;
      EXPECT_TRUE(complete || !goes_on) << "call " << k << ", error " << error;
    }
  }
  EXPECT_EQ(descriptors.change(), 0);
}

}  // namespace
