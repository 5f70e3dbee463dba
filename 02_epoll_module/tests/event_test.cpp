#include "epoll/event.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using epoll::Event;

// What an event with these bits says: r for readable, w for writable, c for closed for reading, h for
// hang-up, u for urgent, e for error.
std::string says(std::uint32_t bits) {
  const Event event({}, bits);
  std::string text;
  if (event.is_readable()) text += 'r';
  if (event.is_writable()) text += 'w';
  if (event.is_read_closed()) text += 'c';
  if (event.is_hangup()) text += 'h';
  if (event.is_urgent()) text += 'u';
  if (event.is_error()) text += 'e';
  return text;
}

TEST(Event, says_what_is_worth_trying) {
  EXPECT_EQ(says(0), "");
  EXPECT_EQ(says(EPOLLIN), "r");
  EXPECT_EQ(says(EPOLLOUT), "w");
  EXPECT_EQ(says(EPOLLIN | EPOLLOUT), "rw");
  EXPECT_EQ(says(EPOLLIN | EPOLLPRI), "ru");
}

TEST(Event, the_end_of_what_the_peer_sends_is_read_and_leaves_writing_alone) {
  EXPECT_EQ(says(EPOLLRDHUP), "rc");
  EXPECT_EQ(says(EPOLLIN | EPOLLRDHUP), "rc");
}

// Code that tests for hang-up or error first and then gives up loses the data that came before.
TEST(Event, hang_up_and_error_are_reported_by_reading_or_writing_too) {
  EXPECT_EQ(says(EPOLLHUP), "rwch");
  EXPECT_EQ(says(EPOLLERR), "rwe");
  EXPECT_EQ(says(EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR), "rwche");
}

TEST(Event, brings_its_token_and_all_its_bits) {
  epoll_event raw{};
  raw.events = EPOLLIN | EPOLLPRI;
  raw.data.u64 = epoll::Token{5, 9}.packed();
  const Event event(raw);
  EXPECT_EQ(event.token(), (epoll::Token{5, 9}));
  EXPECT_EQ(event.bits(), static_cast<std::uint32_t>(EPOLLIN | EPOLLPRI));
}

TEST(Events, are_empty_until_a_wait_fills_them) {
  const epoll::Events events;
  EXPECT_TRUE(events.empty());
  EXPECT_EQ(events.size(), 0u);
  EXPECT_EQ(events.capacity(), 1024u);
  EXPECT_EQ(events.begin(), events.end());
}

TEST(Events, have_room_for_at_least_one) {
  EXPECT_EQ(epoll::Events(0).capacity(), 1u) << "epoll_wait refuses room for none";
  EXPECT_EQ(epoll::Events(5).capacity(), 5u);
}

}  // namespace
