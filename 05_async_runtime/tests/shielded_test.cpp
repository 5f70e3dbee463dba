// One wait that ends before its time, and one that lasts longer.
#include "async/sync/shielded.hpp"
#include "async/core/interrupt.hpp"
#include "testing.hpp"

namespace async::testing::shielded_test {

Task<std::error_code> session(TcpStream stream) {
  EXPECT_EQ((co_await read_once(stream)).error(), std::errc::operation_canceled);
  EXPECT_EQ((co_await stream.write_all("lost")).error(), std::errc::operation_canceled);
  EXPECT_TRUE(co_await shielded(30s, stream.write_all("QUIT")));
  co_return error_of(co_await shielded(1ms, sleep_for(1h)));
}
ASYNC_TEST(Shielded, a_cancelled_task_can_still_send_its_last_message) {
  auto [a, b] = stream_pair();
  auto handle = co_await started(session(std::move(a)));
  EXPECT_EQ(co_await cancelled(handle), make_error_code(std::errc::timed_out)) << "its own limit";
  EXPECT_EQ(co_await text_from(b), "QUIT");
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

Task<> refuse_and_close(TcpListener& listener) {
  auto stream = co_await listener.accept();
  (void)co_await read_once(*stream);  // only the beginning: the answer is known
  co_await send(*stream, "refused");
  EXPECT_TRUE(co_await close_gently(*stream, 30s));
  EXPECT_EQ(stream->socket(), nullptr);
}
Task<> send_much_and_read(TcpListener& listener) {
  auto stream = co_await connected_to(listener);
  const std::string much(4 << 20, 'x');
  co_await send(stream, much);  // it is still read from
  std::string answer;
  EXPECT_EQ((co_await stream.read_until(answer, "\n")).error(), Errc::cut_short);
  EXPECT_EQ(answer, "refused");
}
ASYNC_TEST(CloseGently, a_client_that_is_still_sending_gets_its_answer) {
  auto listener = listen();
  (void)co_await when_all(refuse_and_close(listener), send_much_and_read(listener));
}

ASYNC_TEST(CloseGently, waits_no_longer_than_its_limit) {
  auto [a, b] = stream_pair();
  EXPECT_EQ((co_await close_gently(a, 1ms)).error(), std::errc::timed_out);
  EXPECT_EQ(a.socket(), nullptr) << "closed all the same";
  EXPECT_EQ(co_await read_once(b), 0U);
}

namespace own_server {
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
}  // namespace own_server
ASYNC_TEST(CloseGently, a_server_of_ones_own_ends_in_good_order) {
  auto listener = listen();
  auto server = spawn(own_server::serve(listener));
  auto client = co_await connected_to(listener);
  co_await send(client, "hello\n");
  std::string heard;
  EXPECT_EQ(co_await client.read_until(heard, "\n"), 6U);
  server.cancel();
  EXPECT_EQ((co_await client.read_until(heard, "there is no such line")).error(), Errc::cut_short)
      << "an end, and no reset";
  client.close();  // or the server would linger
  (void)co_await server.join();
  EXPECT_EQ(heard, "hello\ngoodbye\n");
}

using Outcomes = std::vector<std::error_code>;

// A task that reads twice, and can be interrupted.
class Interrupt : public StreamPair {
 protected:
  Task<> read_twice() {
    for (int i = 0; i < 2; ++i) {
      const auto count = co_await interrupt.interruptible(timeout(1h, a.read(buffer)));
      outcomes.push_back(error_of(count));
    }
  }
  async::Interrupt interrupt;
  Outcomes outcomes;
};

ASYNC_TEST_F(Interrupt, ends_one_wait_and_not_the_next_one) {
  auto reader = co_await started(read_twice(), 3);
  interrupt.trigger();
  co_await turns(3);
  EXPECT_EQ(outcomes, Outcomes{make_error_code(std::errc::interrupted)});
  co_await send(b, "text");
  (void)co_await reader.join();
  EXPECT_EQ(outcomes, (Outcomes{make_error_code(std::errc::interrupted), std::error_code()}));
}

ASYNC_TEST_F(Interrupt, an_operation_that_is_over_leaves_its_place_to_the_next_one) {
  Event event;
  const auto one_after_the_other = [&]() -> Task<std::error_code> {
    auto first = interrupt.interruptible(event.wait());
    (void)co_await std::move(first);
    co_return error_of(co_await interrupt.interruptible(a.read(buffer)));  // the first still exists
  };
  auto reader = co_await started(one_after_the_other());
  event.set();
  co_await turns(2);
  co_await send(b, "text");
  EXPECT_EQ(co_await reader.join(), std::error_code());
}

ASYNC_TEST_F(Interrupt, a_result_of_the_same_turn_wins) {
  auto reader = co_await started(read_twice(), 3);
  co_await send(b, "text");
  co_await turns(1);  // the event is told, and the reader is ready
  interrupt.trigger();
  co_await turns(3);
  EXPECT_EQ(outcomes, Outcomes{std::error_code()});
  (void)co_await cancelled(reader);
}

Task<std::error_code> read_after(async::Interrupt& interrupt, TcpStream& stream, int reads,
                                 bool& has_begun) {
  std::array<std::byte, 1> buffer;
  for (int i = 0; i < reads; ++i) (void)co_await stream.read(buffer);
  has_begun = true;
  co_return error_of(co_await interrupt.interruptible(stream.read(buffer)));
}

// A task that has used up its operations of this turn begins the next one behind all others: not
// parked yet, but begun (waiter.hpp).
ASYNC_TEST_F(Interrupt, ends_an_operation_that_waits_for_its_turn_too) {
  for (int reads = 100; reads < 150; ++reads) {
    auto [here, there] = stream_pair();
    EXPECT_TRUE(there.socket()->write(pattern(static_cast<std::size_t>(reads))));
    bool has_begun = false;
    auto reader = spawn(read_after(interrupt, here, reads, has_begun));
    (void)co_await yield();
    const bool had_begun = has_begun;
    interrupt.trigger();
    co_await turns(3);
    EXPECT_EQ(reader.done(), had_begun) << reads;
    EXPECT_EQ(co_await cancelled(reader),
              make_error_code(had_begun ? std::errc::interrupted : std::errc::operation_canceled));
  }
}

ASYNC_TEST_F(Interrupt, is_for_one_operation_at_a_time) {
  auto reader = co_await started(read_twice(), 3);
  const auto second = co_await interrupt.interruptible(b.read(buffer));
  EXPECT_EQ(second.error(), Errc::already_waiting);
  (void)co_await cancelled(reader);
}

ASYNC_TEST_F(Interrupt, does_nothing_where_no_operation_waits) {
  interrupt.trigger();
  auto reader = co_await started(read_twice(), 3);
  EXPECT_EQ(outcomes, Outcomes{});
  (void)co_await cancelled(reader);
  interrupt.trigger();
  EXPECT_EQ(outcomes.front(), std::errc::operation_canceled);
}

}  // namespace async::testing::shielded_test
