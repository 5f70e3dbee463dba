#include <gtest/gtest.h>
#include "async/async.hpp"
namespace {
using namespace std::chrono_literals;
async::Task<int> all() {
  auto [sender, receiver] = async::channel<int>(2);
  auto produce = [](async::Sender<int> s) -> async::Task<> {
    for (int i = 0; i < 100; ++i) (void)co_await s.send(i);
  };
  async::spawn(produce(std::move(sender)));
  int sum = 0;
  while (auto m = co_await receiver.receive()) sum += *m;
  auto r = co_await async::timeout(1ms, async::sleep_for(10s));
  EXPECT_EQ(r.error(), std::errc::timed_out);
  auto n = co_await async::blocking([] { return 7; });
  auto sleeper = [](async::Duration d) -> async::Task<int> {
    (void)co_await async::sleep_for(d);
    co_return 3;
  };
  auto both = co_await async::when_all(sleeper(1ms), sleeper(2ms));
  auto any = co_await async::when_any(sleeper(1ms), sleeper(20s));
  EXPECT_EQ(any.index, 0u);
  std::puts(async::Runtime::here().dump_tasks().c_str());
  std::puts(async::Runtime::here().summary().c_str());
  co_return sum + *n + std::get<0>(both);
}
TEST(Channel, all) {
  EXPECT_EQ(async::block_on(all()), 4950 + 10);
}
}  // namespace
