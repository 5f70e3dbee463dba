#include "async/io/lease.hpp"

#include <algorithm>

#include "allocations.hpp"
#include "testing.hpp"

namespace async::testing::lease_test {

Task<std::string> read_all_leased(TcpStream& stream, int& leases) {
  std::string text;
  while (auto bytes = co_await stream.read_lease()) {
    if (bytes->empty()) break;
    text += text_of(*bytes);
    ++leases;
  }
  co_return text;
}

ASYNC_TEST(Lease, holds_what_has_come_and_nothing_at_the_end) {
  auto [a, b] = stream_pair();
  int leases = 0;
  auto reader = spawn(read_all_leased(a, leases));
  for (const std::string_view piece : {"one ", "two ", "three"}) {
    EXPECT_TRUE(co_await b.write_all(piece));
    co_await turns(2);
  }
  b.close();
  EXPECT_EQ(co_await reader.join(), "one two three");
  EXPECT_EQ(leases, 3);
}

ASYNC_TEST(Lease, takes_much_more_than_a_buffer_in_a_frame_would_in_one_piece) {
  auto [a, b] = stream_pair();
  const auto bytes = pattern(20'000);
  EXPECT_TRUE(co_await b.write_all(bytes));
  const auto read = co_await a.read_lease();
  EXPECT_TRUE(read);
  EXPECT_TRUE(std::ranges::equal(read->bytes(), bytes));
}

ASYNC_TEST(Lease, outlives_the_stream_it_was_read_from) {
  async::Lease kept;
  {
    auto [a, b] = stream_pair();
    EXPECT_TRUE(co_await b.write_all("last words"));
    kept = (co_await a.read_lease()).value();
  }
  EXPECT_EQ(text_of(kept.bytes()), "last words");
  const auto moved = std::move(kept);
  EXPECT_EQ(text_of(moved.bytes()), "last words");
  EXPECT_TRUE(kept.empty());  // NOLINT(bugprone-use-after-move): it says what it is then
}

ASYNC_TEST(Lease, of_a_stream_that_waits_takes_no_buffer) {
  auto [a, b] = stream_pair();
  std::vector<async::Lease> whole_store(16);
  for (auto& lease : whole_store) lease = async::Lease::take();
  const allocations::Watch watch;
  int leases = 0;
  auto reader = co_await started(read_all_leased(a, leases));
  EXPECT_LE(watch.held_bytes(), async::Lease::kSize + 4096) << "one is in store again";
  auto other = co_await started(read_all_leased(b, leases));
  EXPECT_LE(watch.held_bytes(), async::Lease::kSize + 8192) << "the same one";
  a.close();
  b.close();
  (void)co_await reader.join();
  (void)co_await other.join();
}

ASYNC_TEST(Lease, given_back_is_lent_again_and_takes_no_memory) {
  auto [a, b] = stream_pair();
  const auto read_often = [](TcpStream& from, TcpStream& to, int times) -> Task<> {
    for (int i = 0; i < times; ++i) {
      EXPECT_TRUE(co_await to.write_all("x"));
      EXPECT_EQ((co_await from.read_lease())->bytes().size(), 1U);
    }
  };
  co_await read_often(a, b, 2);
  auto measured = read_often(a, b, 100);
  const allocations::Watch watch;
  co_await std::move(measured);
  EXPECT_EQ(watch.made(), 0U);
}

TEST(Lease, of_a_thousand_only_a_few_are_kept_in_store) {
  const allocations::Watch watch;
  {
    std::vector<async::Lease> leases(1'000);
    for (auto& lease : leases) lease = async::Lease::take();
    EXPECT_GE(watch.held_bytes(), 900 * async::Lease::kSize);
  }
  EXPECT_LE(watch.held_bytes(), 20 * async::Lease::kSize);
}

}  // namespace async::testing::lease_test
