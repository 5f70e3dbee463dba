// What tcp_proxy does for each client. What it does with a slow one is replayed in pressure_scenario_test.cpp.
#include "support/forward.hpp"

#include "testing.hpp"

namespace async::testing::forward_test {

TEST(Forward, a_limit_is_over_once_its_time_has_passed) {
  EXPECT_TRUE(examples::IdleLimit(Duration(0)).is_over());
  EXPECT_FALSE(examples::IdleLimit(std::chrono::hours(1)).is_over());
}

ASYNC_TEST(Forward, ends_and_aborts_both_connections_when_nothing_moves) {
  auto [client, downstream] = stream_pair();
  auto [server, upstream] = stream_pair();
  const auto done = co_await examples::forward(downstream, upstream, 1ms);
  EXPECT_EQ(sys::error_of(done), std::errc::timed_out);
  EXPECT_TRUE(!downstream.socket() && !upstream.socket());
}

}  // namespace async::testing::forward_test
