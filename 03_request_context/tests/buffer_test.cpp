#include "http/buffer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

std::string text(const http::Buffer& buffer) {
  return std::string(http::as_text(buffer.data()));
}

TEST(Buffer, gives_back_in_order_what_was_appended) {
  http::Buffer buffer;
  buffer.append(std::string_view("one "));
  buffer.append(std::string_view("two"));
  EXPECT_EQ(text(buffer), "one two");
  buffer.consume(4);
  EXPECT_EQ(text(buffer), "two");
  buffer.append(std::string_view(" three"));
  EXPECT_EQ(text(buffer), "two three");
}

TEST(Buffer, an_empty_one_has_nothing_and_takes_nothing) {
  http::Buffer buffer;
  buffer.append(std::string_view());
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.capacity(), 0u);
  EXPECT_EQ(text(buffer), "");
}

TEST(Buffer, one_that_was_consumed_has_all_its_room_again) {
  http::Buffer buffer;
  buffer.append(std::string_view("some"));
  const std::size_t capacity = buffer.capacity();
  buffer.consume(4);
  EXPECT_EQ(buffer.room(capacity).size(), capacity);
  EXPECT_EQ(buffer.capacity(), capacity);
}

TEST(Buffer, only_what_was_filled_counts) {
  http::Buffer buffer;
  const auto room = buffer.room(4096);
  ASSERT_EQ(room.size(), 4096u);
  room[0] = std::byte{'x'};
  EXPECT_TRUE(buffer.empty());
  buffer.filled(1);
  EXPECT_EQ(text(buffer), "x");
}

TEST(Buffer, uses_the_room_of_what_was_consumed_before_it_grows) {
  http::Buffer buffer;
  buffer.append(std::string(1000, 'a'));
  const std::size_t capacity = buffer.capacity();
  for (int i = 0; i < 1000; ++i) {
    buffer.consume(500);
    buffer.append(std::string(500, static_cast<char>('a' + i % 26)));
  }
  EXPECT_EQ(buffer.capacity(), capacity);
  EXPECT_EQ(text(buffer), std::string(500, 'a' + 998 % 26) + std::string(500, 'a' + 999 % 26));
}

TEST(Buffer, doubles_its_storage_so_that_it_is_seldom_moved) {
  http::Buffer buffer;
  int moves = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::size_t before = buffer.capacity();
    buffer.append(std::string_view("x"));
    if (buffer.capacity() != before) ++moves;
  }
  EXPECT_LE(moves, 18);
}

TEST(Buffer, a_consumed_part_is_not_moved_along_when_it_grows) {
  http::Buffer buffer;
  buffer.append(std::string_view("gone kept"));
  buffer.consume(5);
  buffer.append(std::string(10'000, '.'));
  EXPECT_EQ(text(buffer), "kept" + std::string(10'000, '.'));
}

TEST(Buffer, the_last_bytes_can_be_dropped) {
  http::Buffer buffer;
  buffer.append(std::string_view("hello world"));
  buffer.drop_back(6);
  EXPECT_EQ(text(buffer), "hello");
}

TEST(Buffer, a_move_keeps_the_bytes_where_they_are) {
  http::Buffer buffer;
  buffer.append(std::string_view("hello"));
  const std::byte* const at = buffer.data().data();
  http::Buffer other = std::move(buffer);
  EXPECT_EQ(other.data().data(), at);
  EXPECT_EQ(text(other), "hello");
  buffer = http::Buffer();
  EXPECT_TRUE(buffer.empty());
}

TEST(Buffer, shrinking_gives_large_storage_back_and_keeps_the_data) {
  http::Buffer buffer;
  buffer.append(std::string(1'000'000, 'a'));
  buffer.shrink(4096);
  EXPECT_GE(buffer.capacity(), 1'000'000u) << "it is full: there is nothing to give back";
  buffer.consume(999'990);
  buffer.shrink(4096);
  EXPECT_LE(buffer.capacity(), 4096u);
  EXPECT_EQ(text(buffer), std::string(10, 'a'));
  buffer.consume(10);
  buffer.shrink(4096);
  EXPECT_EQ(buffer.capacity(), 4096u) << "small storage stays for the next bytes";
  buffer.shrink(0);
  EXPECT_EQ(buffer.capacity(), 0u);
}

}  // namespace
