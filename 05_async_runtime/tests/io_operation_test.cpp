#include "async/io/io_operation.hpp"

#include <gtest/gtest.h>

#include <array>

#include "syscall/observer.hpp"
#include "testing.hpp"

namespace {

using async::Direction;
using async::IoSource;
using async::Task;
using async::testing::stream_pair;
using async::testing::turns;

// What the call is to answer, and how often it was made.
class Script {
 public:
  sys::Result<int> answer = 1;
  int calls = 0;
};
auto play(IoSource& source, Script& script) {
  return async::io_operation<int>(source, Direction::read, [&script] {
    ++script.calls;
    return script.answer;
  });
}

class IoOperation : public ::testing::Test {
 protected:
  std::pair<epoll::UniqueFd, epoll::UniqueFd> fds = epoll::make_socket_pair(SOCK_STREAM).value();
  IoSource source{fds.first.get()};
  Script script;

  void arrives() const {
    const void* const from = "x";
    ASSERT_TRUE(sys::call<::send>(fds.second.get(), from, std::size_t{1}, 0));
  }
};

Task<> succeed(IoSource& source, Script& script) {
  const auto result = co_await play(source, script);
  EXPECT_EQ(result, 1);
}
TEST_F(IoOperation, makes_the_call_first_and_needs_no_epoll_if_that_succeeds) {
  auto runtime = async::Runtime::create().value();
  sys::CallCounter calls;
  const sys::ScopedObserver watching(calls);
  runtime->block_on(succeed(source, script));
  EXPECT_EQ(script.calls, 1);
  EXPECT_EQ(calls.of("epoll_ctl"), 0U) << calls.summary();
}

Task<> fail(IoSource& source, Script& script) {
  const auto result = co_await play(source, script);
  EXPECT_EQ(result.error(), std::errc::connection_reset);
}
TEST_F(IoOperation, an_error_of_the_call_is_its_result) {
  script.answer = sys::failure(ECONNRESET);
  async::block_on(fail(source, script));
  EXPECT_EQ(script.calls, 1);
}

Task<> read_into(IoSource& source, Script& script, sys::Result<int>& result) {
  result = co_await play(source, script);
}
Task<> wait_and_try_again(IoSource& source, Script& script, const std::function<void()>& arrive) {
  script.answer = sys::failure(EAGAIN);
  sys::Result<int> result = 0;
  auto reader = async::spawn(read_into(source, script, result));
  co_await turns(4);
  EXPECT_EQ(script.calls, 1) << "it does not try again without a reason";
  EXPECT_FALSE(reader.done());
  script.answer = 5;
  arrive();
  const auto joined = co_await reader.join();
  EXPECT_TRUE(joined);
  EXPECT_EQ(result, 5);
  EXPECT_EQ(script.calls, 2);
}
TEST_F(IoOperation, a_call_that_would_block_is_made_again_when_there_is_an_event) {
  const std::function<void()> arrive = [this] { arrives(); };
  async::block_on(wait_and_try_again(source, script, arrive));
}

Task<> no_call_while_not_ready(IoSource& source, Script& script) {
  source.clear_readiness(Direction::read);
  sys::Result<int> result = 0;
  auto reader = async::spawn(read_into(source, script, result));
  co_await turns(3);
  EXPECT_EQ(script.calls, 0);
  reader.cancel();
  const auto joined = co_await reader.join();
  EXPECT_TRUE(joined);
  EXPECT_EQ(result.error(), std::errc::operation_canceled);
  EXPECT_EQ(script.calls, 0) << "cancelled: the call was not made";
}
TEST_F(IoOperation, a_call_that_is_known_to_block_is_not_even_tried) {
  async::block_on(no_call_while_not_ready(source, script));
}

Task<> spurious(IoSource& source, Script& script, const std::function<void()>& arrive) {
  script.answer = sys::failure(EAGAIN);
  sys::Result<int> result = 0;
  auto reader = async::spawn(read_into(source, script, result));
  co_await turns(2);
  arrive();
  co_await turns(3);
  EXPECT_EQ(script.calls, 2);
  EXPECT_FALSE(reader.done()) << "an event is a reason to try, no promise";
  EXPECT_EQ(async::Runtime::here().counters().woken_for_nothing, 1U);
  script.answer = 6;
  arrive();
  const auto joined = co_await reader.join();
  EXPECT_TRUE(joined);
  EXPECT_EQ(result, 6);
}
TEST_F(IoOperation, an_event_that_promised_too_much_only_costs_another_wait) {
  const std::function<void()> arrive = [this] { arrives(); };
  async::block_on(spurious(source, script, arrive));
}

Task<> ready_and_cancelled(IoSource& source, Script& script, const std::function<void()>& arrive,
                           bool cancel_first) {
  script.answer = sys::failure(EAGAIN);
  sys::Result<int> result = 0;
  auto reader = async::spawn(read_into(source, script, result));
  co_await turns(2);
  script.answer = 7;
  arrive();
  if (cancel_first) reader.cancel();
  co_await turns(1);  // the event is told, and the reader comes behind us
  if (!cancel_first) reader.cancel();
  const auto joined = co_await reader.join();
  EXPECT_TRUE(joined);
  EXPECT_EQ(result, 7) << "the byte is there: the result wins";
}
TEST_F(IoOperation, cancelled_in_the_turn_in_which_it_became_ready_it_ends_with_its_result) {
  const std::function<void()> arrive = [this] { arrives(); };
  async::block_on(ready_and_cancelled(source, script, arrive, false));
}
TEST_F(IoOperation, ready_in_the_turn_in_which_it_was_cancelled_it_ends_with_its_result) {
  const std::function<void()> arrive = [this] { arrives(); };
  async::block_on(ready_and_cancelled(source, script, arrive, true));
}

}  // namespace
