#include "http/output_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "http/text.hpp"

namespace {

using http::OutputQueue;

// A body of that many bytes, the first of which tells which one it is.
std::vector<std::byte> body(char name, std::size_t size) {
  return std::vector<std::byte>(size, static_cast<std::byte>(name));
}
constexpr std::size_t kLarge = OutputQueue::kCopied + 1;

// All that waits, as sendmsg would send it.
std::string text_of(const OutputQueue& queue) {
  std::string text;
  const auto pieces = queue.pieces();
  for (const iovec& piece : pieces.list())
    text.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  EXPECT_EQ(text.size(), pieces.bytes);
  return text;
}

TEST(OutputQueue, what_is_small_is_one_piece) {
  OutputQueue queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.pieces().count, 0u);
  queue.text().append("head ");
  queue.append(body('a', OutputQueue::kCopied));
  queue.text().append(" head");
  EXPECT_EQ(queue.pieces().count, 1u);
  EXPECT_EQ(queue.size(), 10 + OutputQueue::kCopied);
  EXPECT_EQ(queue.front().size(), queue.size());
}

TEST(OutputQueue, a_large_body_is_not_copied_and_keeps_its_place) {
  OutputQueue queue;
  queue.text().append("1");
  auto first = body('a', kLarge);
  const auto* const where = first.data();
  queue.append(std::move(first));
  queue.text().append("2");
  queue.append(body('b', kLarge));
  queue.append(body('c', kLarge));
  queue.append(body('d', 3));
  const auto pieces = queue.pieces();
  ASSERT_EQ(pieces.count, 6u);
  EXPECT_EQ(pieces.pieces[1].iov_base, where);
  EXPECT_EQ(text_of(queue), "1" + std::string(kLarge, 'a') + "2" + std::string(kLarge, 'b') +
                                std::string(kLarge, 'c') + "ddd");
  EXPECT_EQ(queue.size(), text_of(queue).size());
}

TEST(OutputQueue, is_sent_in_any_parts) {
  for (const std::size_t part :
       {std::size_t{1}, std::size_t{7}, kLarge - 1, kLarge, kLarge + 1, 3 * kLarge}) {
    OutputQueue queue;
    queue.text().append("head of a");
    queue.append(body('a', kLarge));
    queue.append(body('b', kLarge));
    queue.text().append("head of c");
    std::string left = text_of(queue);
    while (!left.empty()) {
      ASSERT_TRUE(left.starts_with(http::as_text(queue.front())));
      ASSERT_FALSE(queue.front().empty());
      const std::size_t count = std::min(part, left.size());
      queue.consume(count);
      left.erase(0, count);
      ASSERT_EQ(queue.size(), left.size());
      if (left.size() % 1000 == 0) {
        ASSERT_TRUE(text_of(queue) == left) << left.size();
      }
    }
    EXPECT_TRUE(queue.empty());
    queue.text().append("more");
    EXPECT_EQ(text_of(queue), "more");
  }
}

TEST(OutputQueue, offers_as_many_pieces_as_a_call_takes_and_the_rest_later) {
  OutputQueue queue;
  for (int i = 0; i < 20; ++i) {
    queue.text().append("h");
    queue.append(body('a', kLarge));
  }
  const auto pieces = queue.pieces();
  EXPECT_EQ(pieces.count, 16u);
  EXPECT_EQ(pieces.bytes, 8 * (1 + kLarge));
  queue.consume(pieces.bytes);
  EXPECT_EQ(queue.pieces().count, 16u);
  EXPECT_EQ(queue.size(), 12 * (1 + kLarge));
}

}  // namespace
