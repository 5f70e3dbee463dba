// One wait that ends before its time, and one that goes on beyond it.
#include "async/sync/shielded.hpp"
#include "async/core/interrupt.hpp"
#include "async/http/server_program.hpp"
#include "testing.hpp"

namespace async::testing {
namespace {

Task<> session(TcpStream stream, std::error_code& last) {
  std::array<std::byte, 16> buffer;
  EXPECT_EQ((co_await stream.read(buffer)).error(), std::errc::operation_canceled);
  EXPECT_EQ((co_await stream.write_all("lost")).error(), std::errc::operation_canceled);
  EXPECT_TRUE(co_await shielded(30s, stream.write_all("QUIT")));
  const auto slept = co_await shielded(1ms, sleep_for(1h));
  last = slept.error();
}
ASYNC_TEST(Shielded, a_cancelled_task_can_say_goodbye) {
  auto [a, b] = stream_pair();
  std::error_code last;
  auto handle = co_await started(session(std::move(a), last));
  (void)co_await cancelled(handle);
  EXPECT_EQ(last, std::errc::timed_out) << "it has a limit of its own";
  std::array<std::byte, 16> buffer;
  const auto count = co_await b.read(buffer);
  EXPECT_EQ(text_of(std::span(buffer).first(count.value_or(0))), "QUIT");
}

ASYNC_TEST(Shielded, a_request_that_comes_meanwhile_does_not_reach_it) {
  Event event;
  auto handle = co_await started(shielded(30s, event.wait()), 3);
  handle.cancel();
  co_await turns(3);
  EXPECT_FALSE(handle.done());
  event.set();
  EXPECT_TRUE(co_await handle.join());
}

// -- close_gently -----------------------------------------------------------------------------------

Task<> refuse_and_close(TcpListener& listener, sys::Result<>& closed) {
  auto stream = co_await listener.accept();
  std::array<std::byte, 16> buffer;
  (void)co_await stream->read(buffer);  // only the beginning: the answer is known
  (void)co_await stream->write_all("refused");
  closed = co_await close_gently(*stream, 30s);
  EXPECT_EQ(stream->socket(), nullptr);
}
Task<> send_much_and_read(TcpListener& listener, std::string& answer) {
  auto stream = co_await TcpStream::connect(listener.local_address().value());
  const std::string much(4 << 20, 'x');
  EXPECT_TRUE(co_await stream->write_all(much)) << "it is still read from";
  EXPECT_EQ((co_await stream->read_until(answer, "\n")).error(), Errc::cut_short);
}
ASYNC_TEST(CloseGently, a_client_that_is_still_sending_gets_its_answer) {
  auto listener = listen();
  sys::Result<> closed = sys::failure(EINVAL);
  std::string answer;
  (void)co_await when_all(refuse_and_close(listener, closed), send_much_and_read(listener, answer));
  EXPECT_EQ(answer, "refused");
  EXPECT_TRUE(closed);
}

ASYNC_TEST(CloseGently, waits_no_longer_than_its_limit) {
  auto [a, b] = stream_pair();
  EXPECT_EQ((co_await close_gently(a, 1ms)).error(), std::errc::timed_out);
  EXPECT_EQ(a.socket(), nullptr) << "closed all the same";
  std::array<std::byte, 16> buffer;
  EXPECT_EQ(co_await b.read(buffer), 0U);
}

// -- a server of one's own, as the book has it ------------------------------------------------------

// #region own-server
Task<> echo(TcpStream stream) {
  std::array<std::byte, 4096> buffer;
  while (auto count = co_await stream.read(buffer)) {
    if (*count == 0) co_return;
    const auto echoed =
        co_await async::shielded(5s, stream.write_all(std::span(buffer).first(*count)));
    if (!echoed) co_return;
  }
  (void)co_await async::shielded(5s, stream.write_all("goodbye\n"));
  (void)co_await async::close_gently(stream, 5s);
}
Task<> serve(TcpListener& listener) {
  const auto accept = [&listener](async::TaskGroup& clients) -> Task<> {
    auto incoming = listener.incoming();
    while (auto stream = co_await incoming.next()) clients.spawn(echo(std::move(*stream)));
    listener.close();
  };
  (void)co_await async::with_group(accept);
}
// #endregion own-server
Task<> client_until_the_end(TcpListener& listener, JoinHandle<>& server, std::string& heard) {
  auto stream = co_await TcpStream::connect(listener.local_address().value());
  EXPECT_TRUE(co_await stream->write_all("hello\n"));
  EXPECT_EQ(co_await stream->read_until(heard, "\n"), 6U);
  server.cancel();
  EXPECT_EQ((co_await stream->read_until(heard, "there is no such line")).error(), Errc::cut_short)
      << "an end, and no reset";
}
ASYNC_TEST(CloseGently, a_server_of_ones_own_ends_in_good_order) {
  auto listener = listen();
  auto server = spawn(serve(listener));
  std::string heard;
  co_await client_until_the_end(listener, server, heard);
  (void)co_await server.join();
  EXPECT_EQ(heard, "hello\ngoodbye\n");
}

using Outcomes = std::vector<std::error_code>;

Task<> read_twice(Interrupt& interrupt, TcpStream& stream, Outcomes& outcomes) {
  std::array<std::byte, 16> buffer;
  for (int i = 0; i < 2; ++i) {
    const auto count = co_await interrupt.interruptible(timeout(1h, stream.read(buffer)));
    outcomes.push_back(error_of(count));
  }
}

ASYNC_TEST(Interrupt, ends_one_wait_and_not_the_next_one) {
  auto [here, there] = stream_pair();
  Interrupt interrupt;
  Outcomes outcomes;
  auto reader = co_await started(read_twice(interrupt, here, outcomes), 3);
  interrupt.trigger();
  co_await turns(3);
  EXPECT_EQ(outcomes, Outcomes{std::make_error_code(std::errc::interrupted)});
  EXPECT_TRUE(there.socket()->write(bytes_of("text")));
  (void)co_await reader.join();
  EXPECT_EQ(outcomes.back(), std::error_code());
  EXPECT_EQ(outcomes.size(), 2U);
}

ASYNC_TEST(Interrupt, a_result_of_the_same_turn_wins) {
  auto [here, there] = stream_pair();
  Interrupt interrupt;
  Outcomes outcomes;
  auto reader = co_await started(read_twice(interrupt, here, outcomes), 3);
  EXPECT_TRUE(there.socket()->write(bytes_of("text")));
  (void)co_await yield();  // the event is told, and the reader is ready
  interrupt.trigger();
  co_await turns(3);
  EXPECT_EQ(outcomes, Outcomes{std::error_code()});
  (void)co_await cancelled(reader);
}

Task<> read_after(Interrupt& interrupt, TcpStream& stream, int reads, bool& has_begun,
                  std::error_code& outcome) {
  std::array<std::byte, 1> buffer;
  for (int i = 0; i < reads; ++i) (void)co_await stream.read(buffer);
  has_begun = true;
  const auto count = co_await interrupt.interruptible(stream.read(buffer));
  outcome = error_of(count);
}

// A task that has used up its operations of this turn begins the next one behind all others: not
// parked yet, but begun (waiter.hpp).
ASYNC_TEST(Interrupt, ends_an_operation_that_waits_for_its_turn_too) {
  for (int reads = 100; reads < 150; ++reads) {
    auto [here, there] = stream_pair();
    const std::vector<std::byte> bytes(static_cast<std::size_t>(reads));
    EXPECT_TRUE(there.socket()->write(bytes));
    Interrupt interrupt;
    bool has_begun = false;
    std::error_code outcome;
    auto reader = spawn(read_after(interrupt, here, reads, has_begun, outcome));
    (void)co_await yield();
    const bool had_begun = has_begun;
    interrupt.trigger();
    co_await turns(3);
    EXPECT_EQ(reader.done(), had_begun) << reads;
    (void)co_await cancelled(reader);
    EXPECT_EQ(outcome, had_begun ? std::errc::interrupted : std::errc::operation_canceled);
  }
}

ASYNC_TEST(Interrupt, is_for_one_operation_at_a_time) {
  auto [here, there] = stream_pair();
  Interrupt interrupt;
  Outcomes outcomes;
  auto reader = co_await started(read_twice(interrupt, here, outcomes), 3);
  std::array<std::byte, 1> buffer;
  const auto second = co_await interrupt.interruptible(there.read(buffer));
  EXPECT_EQ(error_of(second), make_error_code(Errc::already_waiting));
  (void)co_await cancelled(reader);
}

ASYNC_TEST(Interrupt, does_nothing_where_no_operation_waits) {
  auto [here, there] = stream_pair();
  Interrupt interrupt;
  interrupt.trigger();
  Outcomes outcomes;
  auto reader = co_await started(read_twice(interrupt, here, outcomes), 3);
  EXPECT_EQ(outcomes, Outcomes{});
  (void)co_await cancelled(reader);
  interrupt.trigger();
  EXPECT_EQ(outcomes.front(), std::errc::operation_canceled);
}

}  // namespace
}  // namespace async::testing
