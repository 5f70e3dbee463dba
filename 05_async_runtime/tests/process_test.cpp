#include "async/process.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>

#include "testing.hpp"

namespace {

using async::Child;
using async::Task;
using async::testing::text_of;

Task<> take_signal() {
  auto signals = async::Signals::create({SIGUSR1}).value();
  ::raise(SIGUSR1);
  const auto number = co_await signals.next();
  EXPECT_EQ(number, SIGUSR1);
}
TEST(Signals, a_signal_is_something_to_wait_for) {
  async::block_on(take_signal());
}

Task<> through_cat() {
  epoll::SpawnOptions options;
  options.standard_input = options.standard_output = epoll::Stdio::piped;
  const std::vector<std::string> program{"cat"};
  auto child = Child::spawn(program, options).value();
  const auto written = co_await child.standard_input->write_all("hello");
  EXPECT_TRUE(written);
  child.standard_input.reset();
  std::array<std::byte, 5> buffer;
  const auto whole = co_await child.standard_output->read_exactly(buffer);
  EXPECT_TRUE(whole);
  EXPECT_EQ(text_of(buffer), "hello");
  const auto status = co_await child.wait();
  EXPECT_EQ(status, epoll::ExitStatus::exited(0));
}
TEST(Child, what_is_written_to_its_input_comes_out_of_its_output) {
  async::block_on(through_cat());
}

Task<> kill_it() {
  const std::vector<std::string> program{"sleep", "1000"};
  auto child = Child::spawn(program).value();
  EXPECT_TRUE(child.kill(SIGTERM));
  const auto status = co_await child.wait();
  EXPECT_EQ(status, epoll::ExitStatus::killed(SIGTERM));
}
TEST(Child, tells_which_signal_ended_it) {
  async::block_on(kill_it());
}

}  // namespace
