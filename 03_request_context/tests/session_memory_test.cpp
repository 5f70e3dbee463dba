// What a connection may cost, whatever its client does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "allocations.hpp"
#include "http/session.hpp"
#include "requests.hpp"
#include "session_driver.hpp"

namespace {

using http::Next;
using http::Phase;
using testing::ElementsAre;
using testing::StartsWith;

std::string post_head(std::size_t length) {
  return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}
const std::string kChunkedHead = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

// `count` bytes of a body arrive, as many at a time as there is room for. Returns in how many reads.
std::size_t pour(http::Session& session, std::size_t count) {
  std::size_t reads = 0;
  for (; count > 0; ++reads) {
    EXPECT_EQ(session.advance(), Next::read);
    const auto room = session.input_space();
    const std::size_t piece = std::min(count, room.size());
    std::memset(room.data(), 'x', piece);
    session.received(piece);
    count -= piece;
  }
  return reads;
}

// --- room for input

TEST(SessionMemory, offers_little_room_until_a_body_pours_in) {
  SessionDriver client;
  EXPECT_EQ(client.session.input_space().size(), 16 * kKiB);
  client.receive(post_head(kMiB));
  EXPECT_EQ(client.session.input_space().size(), 16 * kKiB) << "nothing of the body has come yet";
  ASSERT_EQ(pour(client.session, 16 * kKiB), 1u);
  EXPECT_EQ(client.session.advance(), Next::read);
  EXPECT_EQ(client.session.input_space().size(), 256 * kKiB) << "it filled its room: more waits";
}

TEST(SessionMemory, offers_room_up_to_the_end_of_the_body_and_not_beyond) {
  SessionDriver client;
  client.receive(post_head(300 * kKiB));
  pour(client.session, 16 * kKiB);
  pour(client.session, 256 * kKiB);
  EXPECT_EQ(client.session.advance(), Next::read);
  EXPECT_EQ(client.session.input_space().size(), 28 * kKiB);
}

TEST(SessionMemory, reads_a_body_that_waits_in_calls_of_256_kib) {
  SessionDriver client;
  client.receive(post_head(16 * kMiB));
  EXPECT_LE(pour(client.session, 16 * kMiB), 1 + 64u);
  client.run();
  EXPECT_EQ(client.bodies.at(0).size(), 16 * kMiB);
}

TEST(SessionMemory, a_slow_body_gets_as_much_room_as_has_arrived) {
  SessionDriver client;
  client.receive(post_head(kMiB));
  std::size_t arrived = 0;
  for (const std::size_t piece : {1000u, 10'000u, 15'000u, 20'000u, 40'000u}) {
    EXPECT_EQ(client.session.advance(), Next::read);
    const auto room = client.session.input_space();
    EXPECT_EQ(room.size(), std::max(arrived, 16 * kKiB));
    std::memset(room.data(), 'x', piece);
    client.session.received(piece);
    arrived += piece;
  }
}

// 48 bytes that claimed 99,999,999,999 cost the original all of its memory.
TEST(SessionMemory, grows_with_what_has_arrived_and_not_with_what_was_claimed) {
  http::Session session;
  const std::string head = post_head(64 * kMiB);
  allocations::Watch watch;
  const auto room = session.input_space();
  std::memcpy(room.data(), head.data(), head.size());
  session.received(head.size());
  ASSERT_EQ(session.advance(), Next::read);
  EXPECT_FALSE(session.input_space().empty());
  EXPECT_EQ(session.phase(), Phase::body);
  EXPECT_LT(watch.peak_bytes(), 100 * kKiB);
  session.received_end();
  EXPECT_EQ(session.advance(), Next::write);
  EXPECT_THAT(std::string(http::as_text(session.output())), StartsWith("HTTP/1.1 400 "));
}

TEST(SessionMemory, a_length_that_no_memory_can_hold_is_a_length_where_there_is_no_limit) {
  http::SessionOptions options;
  options.limits.body = std::numeric_limits<std::size_t>::max();
  SessionDriver client(options);
  client.receive(post_head(std::numeric_limits<std::size_t>::max()) + "x");
  EXPECT_EQ(client.session.phase(), Phase::body);
  EXPECT_FALSE(client.session.input_space().empty());
}

TEST(SessionMemory, of_a_session_that_has_done_nothing_yet_is_zero) {
  const http::Session session;
  EXPECT_TRUE(session.output().empty());
}

TEST(SessionMemory, a_claim_beyond_the_limit_is_413_and_costs_nothing) {
  SessionDriver client;
  allocations::Watch watch;
  client.receive("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n");
  EXPECT_LT(watch.peak_bytes(), 100 * kKiB);
  EXPECT_THAT(client.sent, StartsWith("HTTP/1.1 413 "));
}

// The original kept 4096 bytes for every byte that came alone.
TEST(SessionMemory, a_body_in_segments_of_one_byte_costs_its_own_size) {
  http::Session session;
  SessionDriver client;
  client.receive(post_head(5000));
  allocations::Watch watch;
  client.receive(std::string(4999, 'x'), 1);
  EXPECT_EQ(client.session.phase(), Phase::body);
  EXPECT_LT(watch.peak_bytes(), 100 * kKiB);
}

TEST(SessionMemory, a_body_in_chunks_of_one_byte_costs_its_own_size_and_not_that_of_its_chunks) {
  std::string chunks;  // six bytes for one
  for (int i = 0; i < 100'000; ++i) chunks += "1\r\nx\r\n";
  SessionDriver client;
  client.receive(kChunkedHead);
  allocations::Watch watch;
  client.receive(chunks);
  EXPECT_EQ(client.session.phase(), Phase::body);
  EXPECT_LT(watch.peak_bytes(), 900 * kKiB) << "two buffers while it grows, and 256 KiB of room";
  client.receive("0\r\n\r\n");
  EXPECT_EQ(client.bodies.at(0), std::string(100'000, 'x'));
  EXPECT_THAT(client.trace.requests, ElementsAre(kChunkedHead.size() + chunks.size() + 5));
}

TEST(SessionMemory, a_discarded_body_of_64_mib_costs_constant_memory) {
  http::SessionOptions options;
  options.body = http::BodyMode::discard;
  SessionDriver client(options);
  std::size_t body_size = 0;
  client.answer = [&](http::Session& s) {
    body_size = s.request().body_size;
    EXPECT_TRUE(s.request().body.empty());
    s.respond(http::Response(200));
  };
  client.receive(post_head(64 * kMiB));
  allocations::Watch watch;
  EXPECT_LE(pour(client.session, 64 * kMiB), 1 + 256u);
  EXPECT_LT(watch.peak_bytes(), 2 * kMiB);
  client.run();
  EXPECT_EQ(body_size, 64 * kMiB);
  EXPECT_THAT(client.trace.requests, ElementsAre(post_head(64 * kMiB).size() + 64 * kMiB));
}

TEST(SessionMemory, a_discarded_chunked_body_costs_constant_memory_and_has_a_limit) {
  http::SessionOptions options;
  options.body = http::BodyMode::discard;
  options.limits.body = 8 * kMiB;
  SessionDriver client(options);
  client.receive(kChunkedHead);
  const std::string chunk = "10000\r\n" + std::string(64 * kKiB, 'x') + "\r\n";
  allocations::Watch watch;
  for (int i = 0; i < 128; ++i) client.receive(chunk);
  EXPECT_EQ(client.session.phase(), Phase::body);
  EXPECT_LT(watch.peak_bytes(), 2 * kMiB);
  client.receive("1\r\nx\r\n");
  EXPECT_THAT(client.sent, StartsWith("HTTP/1.1 413 "));
}

TEST(SessionMemory, a_large_body_and_a_large_answer_are_given_back) {
  SessionDriver client;
  client.receive("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  client.answer = [](http::Session& s) { s.respond(http::Response::bytes(200, s.request().body)); };
  client.take_sent();
  const std::size_t before = allocations::bytes;
  client.receive(post_head(8 * kMiB));
  pour(client.session, 8 * kMiB);
  client.run();
  EXPECT_GT(client.sent.size(), 8 * kMiB);
  client.sent = {};
  client.bodies.clear();
  client.targets.clear();
  client.sent.shrink_to_fit();
  EXPECT_LT(allocations::bytes, before + 200 * kKiB);
}

// --- idle

const std::string kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

// `text` arrives, and what it asks for is answered.
void serve(http::Session& session, std::string_view text) {
  std::memcpy(session.input_space().data(), text.data(), text.size());
  session.received(text.size());
  while (true) {
    const Next next = session.advance();
    if (next == Next::request) session.respond(http::Response(200));
    if (next == Next::write) session.sent(session.output_size());
    if (next == Next::read || next == Next::close) return;
  }
}

TEST(SessionMemory, an_idle_session_holds_neither_buffers_nor_a_parser) {
  EXPECT_LE(sizeof(http::Session), 256u);
  std::vector<http::Session> sessions(10);
  serve(sessions[0], kGet);  // the thread's workspace is made
  const std::size_t before = allocations::bytes;
  for (http::Session& session : sessions) serve(session, kGet);
  EXPECT_EQ(allocations::bytes, before);
  serve(sessions[0], "GET / HT");
  serve(sessions[1], kGet);
  EXPECT_GT(allocations::bytes, before + 16 * kKiB) << "one that has begun needs its own";
  serve(sessions[0], "TP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(sessions[0].requests_answered(), 3u);
}

TEST(SessionMemory, of_a_crowd_of_half_requests_no_more_than_16_workspaces_stay) {
  const std::size_t before = allocations::bytes;
  {
    std::vector<http::Session> sessions(100);
    for (http::Session& session : sessions) serve(session, "GET / HT");
    EXPECT_GT(allocations::bytes, before + 100 * 16 * kKiB);
    for (http::Session& session : sessions) serve(session, "TP/1.1\r\nHost: x\r\n\r\n");
  }
  EXPECT_LT(allocations::bytes, before + 16 * 40 * kKiB);
}

// --- output

TEST(SessionMemory, a_client_that_asks_and_never_reads_is_not_served_without_bound) {
  SessionDriver client;
  client.reads_answers = false;
  const std::string answer(10'000, 'a');
  client.answer = [&](http::Session& s) { s.respond(http::Response::text(200, answer)); };
  std::string pipeline;
  for (int i = 0; i < 400; ++i) pipeline += "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  ASSERT_LT(pipeline.size(), 16 * kKiB) << "it comes in one read";
  client.receive(pipeline);
  ASSERT_EQ(client.session.advance(), Next::write);
  EXPECT_LE(client.session.output().size(), 256 * kKiB + 11'000);
  EXPECT_LT(client.targets.size(), 30u);
  EXPECT_EQ(client.session.phase(), Phase::writing);

  client.reads_answers = true;  // it reads at last: nothing was lost
  EXPECT_EQ(client.run(), Next::read);
  EXPECT_EQ(client.targets.size(), 400u);
  EXPECT_EQ(client.session.requests_answered(), 400u);
  EXPECT_EQ(client.writes, 400 / 26 + 1) << "26 answers are more than 256 KiB";
}

TEST(SessionMemory, a_body_whose_length_is_given_gets_no_more_room_than_it_needs) {
  SessionDriver client;
  client.receive("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9437184\r\n\r\n");
  allocations::Watch watch;
  pour(client.session, 9 * kMiB - 1);
  EXPECT_LT(watch.peak_bytes(), 19 * kMiB) << "the room it had, and 9 MiB to which it moves";
}

// --- lingering

TEST(SessionMemory, what_comes_after_the_last_answer_is_dropped_until_the_client_ends) {
  SessionDriver client;
  client.receive("nonsense\r\n\r\n");
  ASSERT_EQ(client.session.phase(), Phase::lingering);
  allocations::Watch watch;
  pour(client.session, 200 * kMiB);  // more than any limit for a body
  EXPECT_LT(watch.peak_bytes(), kMiB);
  EXPECT_FALSE(client.closed);
  client.receive_end();
  EXPECT_TRUE(client.closed);
  EXPECT_EQ(client.trace.refusals.size(), 1u) << "what is dropped is not parsed";
}

TEST(SessionMemory, a_client_that_never_ends_is_closed_when_the_bound_is_reached) {
  http::SessionOptions options;
  options.linger = 100'000;
  SessionDriver client(options);
  client.receive("nonsense\r\n\r\n");
  pour(client.session, 99'999);
  EXPECT_EQ(client.session.advance(), Next::read);
  pour(client.session, 1);
  EXPECT_EQ(client.session.advance(), Next::close);
}

// --- all connections together

http::SessionOptions of(http::MemoryBudget& budget) {
  http::SessionOptions options;
  options.memory = &budget;
  return options;
}

TEST(MemoryBudget, refuses_a_body_for_which_the_others_leave_no_room_and_takes_it_later) {
  http::MemoryBudget budget(kMiB);
  {
    SessionDriver first(of(budget));
    first.receive(post_head(kMiB) + std::string(700 * kKiB, 'x'));
    EXPECT_GE(budget.used(), 700 * kKiB);
    EXPECT_LE(budget.used(), kMiB + 256 * kKiB) << "the bound, and the room of one read";

    SessionDriver second(of(budget));
    second.receive(post_head(kMiB) + std::string(700 * kKiB, 'x'));
    EXPECT_THAT(second.sent, StartsWith("HTTP/1.1 503 "));
    EXPECT_TRUE(second.bodies.empty());
    SessionDriver third(of(budget));
    third.receive("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(third.sent, StartsWith("HTTP/1.1 200 ")) << "it needs next to nothing";

    first.receive(std::string(324 * kKiB, 'x'));
    EXPECT_EQ(first.bodies.at(0).size(), kMiB) << "it had come further than the others";
    EXPECT_LE(budget.used(), 512 * kKiB) << "answered, and given back";
    SessionDriver again(of(budget));
    again.receive(post_head(400 * kKiB) + std::string(400 * kKiB, 'x'));
    EXPECT_THAT(again.sent, StartsWith("HTTP/1.1 200 "));
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(MemoryBudget, counts_the_answers_that_wait) {
  http::MemoryBudget budget;
  SessionDriver client(of(budget));
  client.reads_answers = false;
  client.answer = [](http::Session& session) {
    session.respond(http::Response::bytes(200, std::vector<std::byte>(kMiB)));
  };
  client.receive("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_GE(budget.used(), kMiB);
  client.reads_answers = true;
  client.run();
  EXPECT_LE(budget.used(), 64 * kKiB);
}

}  // namespace
