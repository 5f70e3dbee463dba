#include "async/io/io_operation.hpp"

#include "testing.hpp"

namespace async::testing::io_operation_test {

// What the call is to answer, and how often it was made.
class Script {
 public:
  sys::Result<int> answer = 1;
  int calls = 0;
};
auto play(IoSource& source, Script& script) {
  return io_operation(source, Direction::read, [&script] {
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
    EXPECT_TRUE(sys::call<::send>(fds.second.get(), from, std::size_t{1}, 0));
  }
  Task<> become_ready_and_be_cancelled(bool cancel_first) {
    script.answer = sys::failure(EAGAIN);
    auto reader = co_await started(play(source, script));
    script.answer = 7;
    arrives();
    if (cancel_first) reader.cancel();                  // it is ready now ...
    EXPECT_TRUE(Runtime::here().loop().run_once(0ns));  // ... and the event is told before its turn
    if (!cancel_first) reader.cancel();
    EXPECT_EQ(co_await reader.join(), 7) << "the byte is there: the result wins";
  }
};

TEST_F(IoOperation, makes_the_call_first_and_needs_no_epoll_if_that_succeeds) {
  auto runtime = Runtime::create().value();
  WatchingCounter calls;
  EXPECT_EQ(runtime->block_on(play(source, script)), 1);
  EXPECT_EQ(script.calls, 1);
  EXPECT_EQ(calls.of("epoll_ctl"), 0U) << calls.summary();
}

ASYNC_TEST_F(IoOperation, an_error_of_the_call_is_its_result) {
  script.answer = sys::failure(ECONNRESET);
  EXPECT_EQ((co_await play(source, script)).error(), std::errc::connection_reset);
  EXPECT_EQ(script.calls, 1);
}

ASYNC_TEST_F(IoOperation, a_call_that_would_block_is_made_again_when_there_is_an_event) {
  script.answer = sys::failure(EAGAIN);
  auto reader = co_await started(play(source, script), 4);
  EXPECT_EQ(script.calls, 1) << "it does not try again without a reason";
  EXPECT_FALSE(reader.done());
  script.answer = 5;
  arrives();
  EXPECT_EQ(co_await reader.join(), 5);
  EXPECT_EQ(script.calls, 2);
}

ASYNC_TEST_F(IoOperation, a_call_that_is_known_to_block_is_not_even_tried) {
  source.clear_readiness(Direction::read);
  auto reader = co_await started(play(source, script), 3);
  EXPECT_EQ(script.calls, 0);
  EXPECT_EQ((co_await cancelled(reader)).error(), std::errc::operation_canceled);
  EXPECT_EQ(script.calls, 0) << "cancelled: the call was not made";
}

ASYNC_TEST_F(IoOperation, an_event_that_promised_too_much_only_costs_another_wait) {
  script.answer = sys::failure(EAGAIN);
  auto reader = co_await started(play(source, script));
  arrives();
  co_await turns(3);
  EXPECT_EQ(script.calls, 2);
  EXPECT_FALSE(reader.done()) << "an event is a reason to try, no promise";
  EXPECT_EQ(Runtime::here().counters().woken_for_nothing, 1U);
  script.answer = 6;
  arrives();
  EXPECT_EQ(co_await reader.join(), 6);
}

ASYNC_TEST_F(IoOperation, a_second_one_takes_nothing_from_the_first_that_was_woken) {
  script.answer = sys::failure(EAGAIN);
  auto reader = co_await started(play(source, script));
  script.answer = 5;
  arrives();
  co_await turns(1);  // the event is told, and the reader comes behind us
  EXPECT_EQ((co_await play(source, script)).error(), Errc::already_waiting);
  EXPECT_EQ(script.calls, 1) << "what has come is for the first one";
  EXPECT_EQ(co_await reader.join(), 5);
}

ASYNC_TEST_F(IoOperation, cancelled_in_the_turn_in_which_it_became_ready_it_ends_with_its_result) {
  co_await become_ready_and_be_cancelled(false);
}
ASYNC_TEST_F(IoOperation, ready_in_the_turn_in_which_it_was_cancelled_it_ends_with_its_result) {
  co_await become_ready_and_be_cancelled(true);
}

}  // namespace async::testing::io_operation_test
