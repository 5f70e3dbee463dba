#include "async/sync/shielded.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "async/http/server_program.hpp"
#include "async/sync/close_gently.hpp"
#include "testing.hpp"

namespace {

using async::Task;
using async::TcpListener;
using async::TcpStream;
using async::testing::bytes_of;
using async::testing::stream_pair;
using async::testing::text_of;
using async::testing::turns;
using namespace std::chrono_literals;

Task<> session(TcpStream stream, std::error_code& last) {
  std::array<std::byte, 16> buffer;
  const auto count = co_await stream.read(buffer);
  EXPECT_EQ(count.error(), std::errc::operation_canceled);
  const auto plain = co_await stream.write_all(bytes_of("lost"));
  EXPECT_EQ(plain.error(), std::errc::operation_canceled);
  const auto goodbye = co_await async::shielded(30s, stream.write_all(bytes_of("QUIT")));
  EXPECT_TRUE(goodbye);
  const auto slept = co_await async::shielded(1ms, async::sleep_for(1h));
  last = slept.error();
}
Task<> goodbye() {
  auto [a, b] = stream_pair();
  std::error_code last;
  auto handle = async::spawn(session(std::move(a), last));
  co_await turns(2);
  handle.cancel();
  (void)co_await handle.join();
  EXPECT_EQ(last, std::errc::timed_out) << "it has a limit of its own";
  std::array<std::byte, 16> buffer;
  const auto count = co_await b.read(buffer);
  EXPECT_EQ(text_of(std::span(buffer).first(count.value_or(0))), "QUIT");
}
TEST(Shielded, a_cancelled_task_can_say_goodbye) {
  async::block_on(goodbye());
}

Task<> wait_shielded(async::Event& event, sys::Result<>& result) {
  result = co_await async::shielded(30s, event.wait());
}
Task<> cancelled_meanwhile() {
  async::Event event;
  sys::Result<> result;
  auto handle = async::spawn(wait_shielded(event, result));
  co_await turns(3);
  handle.cancel();
  co_await turns(3);
  EXPECT_FALSE(handle.done());
  event.set();
  (void)co_await handle.join();
  EXPECT_TRUE(result);
}
TEST(Shielded, a_request_that_comes_meanwhile_does_not_reach_it) {
  async::block_on(cancelled_meanwhile());
}

// -- close_gently -----------------------------------------------------------------------------------

Task<> refuse_and_close(TcpListener& listener, sys::Result<>& closed) {
  auto stream = co_await listener.accept();
  std::array<std::byte, 16> buffer;
  (void)co_await stream->read(buffer);  // only the beginning: the answer is known
  (void)co_await stream->write_all(bytes_of("refused"));
  closed = co_await async::close_gently(*stream, 30s);
  EXPECT_EQ(stream->socket(), nullptr);
}
Task<> send_much_and_read(async::TcpListener& listener, std::string& answer) {
  auto stream = co_await TcpStream::connect(listener.local_address().value());
  const std::string much(4 << 20, 'x');
  const auto sent = co_await stream->write_all(much);
  EXPECT_TRUE(sent) << "it is still read from";
  const auto end = co_await stream->read_until(answer, "\n");
  EXPECT_EQ(end.error(), async::Errc::cut_short);
}
Task<> gently() {
  auto listener = TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
  sys::Result<> closed = sys::failure(EINVAL);
  std::string answer;
  (void)co_await async::when_all(refuse_and_close(listener, closed),
                                 send_much_and_read(listener, answer));
  EXPECT_EQ(answer, "refused");
  EXPECT_TRUE(closed);
}
TEST(CloseGently, a_client_that_is_still_sending_gets_its_answer) {
  async::block_on(gently());
}

Task<> impatient() {
  auto [a, b] = stream_pair();
  const auto closed = co_await async::close_gently(a, 1ms);
  EXPECT_EQ(closed.error(), std::errc::timed_out);
  EXPECT_EQ(a.socket(), nullptr) << "closed all the same";
  std::array<std::byte, 16> buffer;
  const auto end = co_await b.read(buffer);
  EXPECT_EQ(end, 0U);
}
TEST(CloseGently, waits_no_longer_than_its_limit) {
  async::block_on(impatient());
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
Task<> client_until_the_end(TcpListener& listener, async::JoinHandle<>& server,
                            std::string& heard) {
  auto stream = co_await TcpStream::connect(listener.local_address().value());
  const auto asked = co_await stream->write_all("hello\n");
  EXPECT_TRUE(asked);
  const auto echoed = co_await stream->read_until(heard, "\n");
  EXPECT_EQ(echoed, 6U);
  server.cancel();
  const auto rest = co_await stream->read_until(heard, "there is no such line");
  EXPECT_EQ(rest.error(), async::Errc::cut_short) << "an end, and no reset";
}
Task<> stop_it() {
  auto listener = TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
  auto server = async::spawn(serve(listener));
  std::string heard;
  co_await client_until_the_end(listener, server, heard);
  (void)co_await server.join();
  EXPECT_EQ(heard, "hello\ngoodbye\n");
}
TEST(CloseGently, a_server_of_ones_own_ends_in_good_order) {
  async::block_on(stop_it());
}

}  // namespace
