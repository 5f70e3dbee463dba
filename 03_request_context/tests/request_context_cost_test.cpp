// What a request costs in calls and in memory, and how much one turn may do.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "allocations.hpp"
#include "context_driver.hpp"
#include "http/request_context.hpp"
#include "requests.hpp"

namespace {

using http::Next;
using http::Phase;

http::Response echo_target(const http::Request& request) {
  return http::Response::text(200, request.target);
}

// --- what it costs

TEST(RequestContext, a_keep_alive_request_of_one_segment_costs_one_recv_and_one_send) {
  ContextDriver driver(hello);
  for (int i = 0; i < 3; ++i) {
    driver.client.send(get("/"));
    sys::CallCounter calls;
    {
      sys::ScopedObserver watching(calls);
      EXPECT_EQ(driver.context->read_cb().value(), Next::read);
    }
    EXPECT_EQ(calls.of("recv"), 1u);
    EXPECT_EQ(calls.of("send"), 1u);
    EXPECT_EQ(calls.total(), 2u) << calls.summary();
    driver.client.read();
    EXPECT_EQ(take_body(driver.client.received), "Hello! I am an epoll server.");
  }
}

TEST(RequestContext, the_answers_to_a_pipeline_leave_in_one_send) {
  ContextDriver driver(echo_target);
  driver.client.send(get("/1") + get("/2") + get("/3"));
  sys::CallCounter calls;
  {
    sys::ScopedObserver watching(calls);
    driver.settle();
  }
  EXPECT_EQ(calls.total(), 2u) << calls.summary();
  driver.client.read();
  for (const std::string target : {"/1", "/2", "/3"})
    EXPECT_EQ(take_body(driver.client.received), target);
}

TEST(RequestContext, a_body_that_waits_is_read_in_calls_of_256_kib) {
  std::size_t body_size = 0;
  Ends ends = Ends::local();
  // As large a buffer as this user may have; the figures follow what fits into it.
  const int large = 4 * kMiB;
  if (::setsockopt(ends.client.get(), SOL_SOCKET, SO_SNDBUFFORCE, &large, sizeof large) != 0)
    epoll::set_option(ends.client.get(), SOL_SOCKET, SO_SNDBUF, large).value();
  ContextDriver driver(
      [&](const http::Request& request) {
        body_size = request.body.size();
        return http::Response(200);
      },
      {}, nullptr, std::move(ends));
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n";
  driver.client.send(head);
  driver.settle();
  const std::size_t waiting = driver.client.send(std::string(kMiB, 'x'));
  ASSERT_GT(waiting, 150 * kKiB);

  sys::CallCounter calls;
  {
    sys::ScopedObserver watching(calls);
    driver.settle();
  }
  // The first read shows, by filling its 16 KiB, that there is more.
  const std::size_t large_reads = (waiting - 16 * kKiB + 256 * kKiB - 1) / (256 * kKiB);
  EXPECT_EQ(calls.of("recv"), 1 + large_reads) << waiting << " bytes waited";
  EXPECT_EQ(calls.failed_of("recv"), 0u);
  driver.exchange(std::string(kMiB - waiting, 'x'));
  EXPECT_EQ(body_size, kMiB);
}

// Of a hundred requests on a connection that has had one before: then the buffers are made.
template <class Handler>
std::size_t allocations_of_a_hundred(Handler handler) {
  ContextDriver driver(handler);
  const std::string request = get("/");
  const auto exchange_one = [&] {
    driver.client.send(request);
    driver.turn();
    driver.client.received.clear();
    driver.client.read();
  };
  exchange_one();
  const allocations::Watch watch;
  for (int i = 0; i < 100; ++i) exchange_one();
  const std::size_t made = watch.made();
  EXPECT_EQ(driver.context->requests_answered(), 101u);
  return made;
}

TEST(RequestContext, a_steady_keep_alive_request_costs_one_allocation) {
  EXPECT_LE(allocations_of_a_hundred(hello), 100u)
      << "the handler's body: the context itself, nothing";
}

TEST(RequestContext, a_constant_answer_costs_no_allocation) {
  const auto constant = [](const http::Request&) {
    return http::Response::constant(200, "Hello!");
  };
  EXPECT_EQ(allocations_of_a_hundred(constant), 0u);
}

TEST(RequestContext, head_and_body_of_a_large_answer_leave_in_one_call_and_are_not_copied) {
  constexpr std::size_t kSize = 100 * kKiB;  // a socket takes it at once
  const std::byte* body = nullptr;
  ContextDriver driver([&](const http::Request&) {
    std::vector<std::byte> bytes(kSize, std::byte{'x'});
    body = bytes.data();
    return http::Response::bytes(200, std::move(bytes));
  });
  driver.client.send(get("/"));
  driver.settle();  // the buffers are made
  driver.client.read();
  driver.client.received.clear();
  driver.client.send(get("/"));
  sys::CallCounter calls;
  allocations::Watch watch;
  {
    sys::ScopedObserver watching(calls);
    EXPECT_EQ(driver.context->read_cb().value(), Next::read);
  }
  EXPECT_LT(watch.peak_bytes(), kSize + 16 * kKiB) << "the handler's body, and no other";
  EXPECT_EQ(calls.of("sendmsg"), 1u) << calls.summary();
  EXPECT_EQ(calls.total(), 2u) << calls.summary();
  driver.client.read();
  EXPECT_EQ(take_body(driver.client.received), std::string(kSize, 'x'));
}

// --- turns

TEST(RequestContext, a_turn_answers_64_requests_and_lets_others_have_theirs) {
  ContextDriver driver(echo_target);
  std::string pipeline;
  for (int i = 0; i < 150; ++i) pipeline += get(std::string("/").append(std::to_string(i)));
  ASSERT_EQ(driver.client.send(pipeline), pipeline.size());
  sys::CallCounter calls;
  sys::ScopedObserver watching(calls);
  EXPECT_EQ(driver.context->read_cb().value(), Next::write) << "to be called back at once";
  EXPECT_EQ(driver.context->requests_answered(), 64u) << "and these are sent, not kept";
  EXPECT_EQ(driver.context->phase(), Phase::answering);
  EXPECT_EQ(driver.context->write_cb().value(), Next::write);
  EXPECT_EQ(driver.context->requests_answered(), 128u);
  EXPECT_EQ(driver.context->write_cb().value(), Next::read);
  EXPECT_EQ(calls.of("recv"), 1u);
  EXPECT_EQ(calls.of("send"), 3u);
  driver.client.read();
  for (int i = 0; i < 150; ++i)
    ASSERT_EQ(take_body(driver.client.received), std::string("/").append(std::to_string(i)));
}

// A read offers 16 KiB, which holds 40 of these, and one that filled its room is followed by another.
TEST(RequestContext, a_turn_answers_64_requests_however_many_reads_bring_them) {
  ContextDriver driver(echo_target);
  const std::string request = get("/" + std::string(350, 'x'));
  std::string pipeline;
  for (int i = 0; i < 150; ++i) pipeline += request;
  ASSERT_EQ(driver.client.send(pipeline), pipeline.size());
  sys::CallCounter calls;
  sys::ScopedObserver watching(calls);
  EXPECT_EQ(driver.context->read_cb().value(), Next::write);
  EXPECT_EQ(driver.context->requests_answered(), 64u);
  EXPECT_GE(calls.of("recv"), 2u);
}

TEST(RequestContext, a_backlog_goes_before_reading_whatever_the_loop_calls) {
  ContextDriver driver(echo_target, {.turn_requests = 1});
  driver.client.send(get("/1") + get("/2"));
  EXPECT_EQ(driver.context->read_cb().value(), Next::write);
  EXPECT_EQ(driver.context->read_cb().value(), Next::read) << "an error event, say";
  driver.client.read();
  EXPECT_EQ(take_body(driver.client.received), "/1");
  EXPECT_EQ(take_body(driver.client.received), "/2");
}

TEST(RequestContext, a_turn_reads_what_its_budget_allows) {
  // The first read offers 16 KiB, the second 256 KiB; each may go over the budget, and ends the turn.
  for (const std::size_t reads : {1, 2}) {
    ContextDriver driver(echo, {.turn_bytes = reads * 16 * kKiB});
    const std::string upload = post("/", std::string(kMiB, 'x'));
    const std::size_t waiting = driver.client.send(upload);
    ASSERT_GT(waiting, 32 * kKiB);
    sys::CallCounter calls;
    {
      sys::ScopedObserver watching(calls);
      EXPECT_EQ(driver.context->read_cb().value(), Next::read);
    }
    EXPECT_EQ(calls.of("recv"), reads);
    EXPECT_GE(driver.context->bytes_moved(), reads * 16 * kKiB);
    EXPECT_EQ(driver.context->phase(), Phase::body);
    driver.exchange(upload.substr(waiting));
    EXPECT_EQ(take_body(driver.client.received), std::string(kMiB, 'x'));
  }
}

TEST(RequestContext, a_read_that_did_not_fill_its_room_is_not_followed_by_another) {
  ContextDriver driver(echo);
  for (const std::string_view part :
       {"POST / HTTP/1.1\r\nHos", "t: x\r\nContent-Length: 4\r\n\r\nbo", "dy"}) {
    driver.client.send(part);
    sys::CallCounter calls;
    sys::ScopedObserver watching(calls);
    EXPECT_EQ(driver.context->read_cb().value(), Next::read);
    EXPECT_EQ(calls.of("recv"), 1u) << part;
  }
}

TEST(RequestContext, a_readable_event_without_bytes_is_no_error) {
  ContextDriver driver(hello);
  EXPECT_EQ(driver.context->read_cb().value(), Next::read);
  EXPECT_EQ(driver.context->write_cb().value(), Next::read) << "there is nothing to write";
  EXPECT_EQ(driver.context->phase(), Phase::idle);
}

}  // namespace
