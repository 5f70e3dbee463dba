#include "event_loop/signal_source.hpp"

#include <csignal>
#include <vector>

#include <gtest/gtest.h>

#include "event_loop/event_loop.hpp"

namespace {

using event_loop::EventLoop;
using event_loop::SignalSource;

TEST(SignalSource, reports_each_signal_in_the_loop) {
  auto loop = EventLoop::create().value();
  std::vector<int> told;
  auto signals = SignalSource::create(*loop, {SIGUSR1, SIGUSR2}, [&](int number) {
                   told.push_back(number);
                   if (number == SIGUSR2) loop->stop();
                 }).value();
  ASSERT_EQ(::raise(SIGUSR1), 0);
  ASSERT_EQ(::raise(SIGUSR2), 0);
  EXPECT_TRUE(told.empty());
  ASSERT_TRUE(loop->run());
  EXPECT_EQ(told, (std::vector{SIGUSR1, SIGUSR2}));
}

TEST(SignalSource, a_signal_that_was_not_reported_does_not_end_the_process) {
  auto loop = EventLoop::create().value();
  auto signals =
      SignalSource::create(*loop, {SIGTERM}, [](int) { FAIL() << "the loop never runs"; });
  ASSERT_TRUE(signals);
  ASSERT_EQ(::raise(SIGTERM), 0);
  signals->reset();  // lets SIGTERM through again, whose default is the end
  EXPECT_EQ(loop->sources(), 0u);
}

}  // namespace
