#include "async/io/datagram.hpp"

#include "testing.hpp"

namespace async::testing::datagram_test {

UdpSocket bind_udp() {
  return UdpSocket(epoll::UdpSocket::bind(epoll::SocketAddress::loopback(0)).value());
}
// What holds for both kinds is tested with both.
struct Udp {
  static std::pair<UdpSocket, UdpSocket> pair() {
    auto a = epoll::UdpSocket::bind(epoll::SocketAddress::loopback(0)).value();
    auto b = epoll::UdpSocket::bind(epoll::SocketAddress::loopback(0)).value();
    a.connect(b.local_address().value()).value();
    b.connect(a.local_address().value()).value();
    return {UdpSocket(std::move(a)), UdpSocket(std::move(b))};
  }
};
struct Unix {
  static std::pair<UnixDatagram, UnixDatagram> pair() {
    auto pair = epoll::UnixDatagram::pair().value();
    return {UnixDatagram(std::move(pair.first)), UnixDatagram(std::move(pair.second))};
  }
};

template <class Socket>
Task<> send_message(Socket& socket, std::string_view text) {
  EXPECT_TRUE(co_await socket.send(bytes_of(text)));
}
template <class Socket>
Task<sys::Result<std::string>> receive(Socket& socket) {
  std::array<std::byte, 64> buffer;
  const auto message = co_await socket.receive(buffer);
  if (!message) co_return sys::failure(message.error());
  co_return text_of(std::span(buffer).first(message->size));
}

ASYNC_TEST_EACH(Datagrams, a_receiver_waits_for_a_message, Udp, Unix) {
  auto [a, b] = Kind::pair();
  auto receiver = co_await started(receive(b));
  EXPECT_FALSE(receiver.done());
  co_await send_message(a, "hello");
  EXPECT_EQ(co_await receiver.join(), "hello");
  EXPECT_EQ(Runtime::here().counters().woken_for_nothing, 0U);
}

ASYNC_TEST_EACH(Datagrams, messages_that_come_at_once_are_received_one_by_one, Udp, Unix) {
  auto [a, b] = Kind::pair();
  auto receiver = co_await started(receive(b));
  for (const std::string_view text : {"one", "", "three"}) co_await send_message(a, text);
  EXPECT_EQ(co_await receiver.join(), "one");
  // One edge for all three: that a message is shorter than the buffer says nothing about the next.
  EXPECT_EQ(co_await receive(b), "");
  EXPECT_EQ(co_await receive(b), "three");
}

ASYNC_TEST_EACH(Datagrams, one_that_is_longer_than_the_buffer_is_cut_off_and_says_so, Udp, Unix) {
  auto [a, b] = Kind::pair();
  co_await send_message(a, "0123456789");
  std::array<std::byte, 4> buffer;
  const auto message = co_await b.receive(buffer);
  EXPECT_TRUE(message && message->is_truncated());
  EXPECT_EQ(message->full_size, 10U);
  EXPECT_EQ(text_of(buffer), "0123");
}

ASYNC_TEST_EACH(Datagrams, a_receive_that_is_cancelled_takes_no_message, Udp, Unix) {
  auto [a, b] = Kind::pair();
  auto receiver = co_await started(receive(b));
  EXPECT_EQ(error_of(co_await cancelled(receiver)), std::errc::operation_canceled);
  co_await send_message(a, "kept");
  EXPECT_EQ(co_await receive(b), "kept");
}

ASYNC_TEST_EACH(Datagrams, cancelled_in_the_turn_in_which_a_message_came_it_gets_the_message, Udp,
                Unix) {
  auto [a, b] = Kind::pair();
  auto receiver = co_await started(receive(b));
  co_await send_message(a, "in time");
  co_await turns(1);  // the event is told; the receiver comes behind us
  EXPECT_EQ(co_await cancelled(receiver), "in time");
}

ASYNC_TEST_EACH(Datagrams, a_receive_that_takes_too_long_ends_and_takes_no_message, Udp, Unix) {
  auto [a, b] = Kind::pair();
  std::array<std::byte, 8> buffer;
  EXPECT_EQ(error_of(co_await timeout(1ms, b.receive(buffer))), std::errc::timed_out);
  co_await send_message(a, "kept");
  const auto message = co_await timeout(1h, b.receive_from(buffer));
  EXPECT_EQ(text_of(std::span(buffer).first(message->size)), "kept");
}

ASYNC_TEST_EACH(Datagrams, closing_it_wakes_its_receiver, Udp, Unix) {
  auto [a, b] = Kind::pair();
  auto receiver = co_await started(receive(b));
  b.close();
  EXPECT_EQ(error_of(co_await receiver.join()), std::errc::bad_file_descriptor);
  EXPECT_EQ(b.socket(), nullptr);
  EXPECT_EQ(error_of(co_await b.send(bytes_of("late"))), std::errc::bad_file_descriptor);
}

ASYNC_TEST_EACH(Datagrams, a_second_receiver_gets_an_error_that_says_so, Udp, Unix) {
  auto [a, b] = Kind::pair();
  auto receiver = co_await started(receive(b));
  EXPECT_EQ(error_of(co_await receive(b)), Errc::already_waiting);
  co_await send_message(b, "a sender is welcome");
  EXPECT_EQ(co_await receive(a), "a sender is welcome");
  co_await send_message(a, "for the first");
  EXPECT_EQ(co_await receiver.join(), "for the first");
}

ASYNC_TEST(UdpSocket, knows_the_sender_and_can_answer) {
  auto server = bind_udp();
  auto client = bind_udp();
  const auto address = server.socket()->local_address().value();
  EXPECT_TRUE(co_await client.send_to(bytes_of("ping"), address));
  std::array<std::byte, 4> buffer;
  const auto message = co_await server.receive_from(buffer);
  EXPECT_EQ(message->from, client.socket()->local_address().value());
  EXPECT_TRUE(co_await server.send_to(buffer, message->from));
  buffer.fill({});
  const auto answer = co_await client.receive_from(buffer);
  EXPECT_EQ(answer->from, address);
  EXPECT_EQ(text_of(std::span(buffer).first(answer->size)), "ping");
}

ASYNC_TEST(UdpSocket, a_receiver_wakes_up_when_its_peer_is_not_there) {
  auto client = bind_udp();
  const auto address = bind_udp().socket()->local_address().value();  // closed again
  EXPECT_TRUE(client.socket()->connect(address));
  auto receiver = co_await started(receive(client));
  co_await send_message(client, "anybody?");
  EXPECT_EQ((co_await receiver.join()).error(), std::errc::connection_refused);
}

Task<> send_many(UnixDatagram& socket, int count, int& sent) {
  const std::string message(1000, 'm');
  for (; sent < count; ++sent) {
    const auto done = co_await socket.send(bytes_of(message));
    if (!done) break;
  }
}
ASYNC_TEST(UnixDatagram, a_sender_waits_while_the_receiver_has_no_room) {
  constexpr int kMessages = 2'000;
  auto [a, b] = Unix::pair();
  int sent = 0;
  auto sender = co_await started(send_many(a, kMessages, sent), 100);
  EXPECT_FALSE(sender.done()) << "nothing receives, and the queue is short";
  EXPECT_LT(sent, kMessages);
  std::array<std::byte, 2000> buffer;
  for (int i = 0; i < kMessages; ++i) {
    const auto message = co_await b.receive(buffer);
    EXPECT_EQ(message->size, 1000U);
  }
  (void)co_await sender.join();
  EXPECT_EQ(sent, kMessages);
}

ASYNC_TEST(UnixDatagram, a_message_to_a_full_receiver_waits_without_spinning) {
  auto receiver = UnixDatagram(epoll::UnixDatagram::bind(epoll::UnixAddress()).value());
  const auto address = receiver.socket()->local_address().value();
  auto sender = UnixDatagram(epoll::UnixDatagram::unbound().value());
  while (sender.socket()->send_to(bytes_of("filling"), address)) continue;
  auto sending = spawn(sender.send_to(bytes_of("late"), address));
  const auto turns_before = Runtime::here().loop().turns();
  EXPECT_TRUE(co_await sleep_for(30ms));
  EXPECT_LE(Runtime::here().loop().turns() - turns_before, 100U) << "it must not spin";
  EXPECT_FALSE(sending.done());
  sys::Result<std::string> last;
  do {
    last = co_await receive(receiver);
  } while (last == "filling");
  EXPECT_EQ(last, "late");
  EXPECT_TRUE(co_await sending.join());
}

ASYNC_TEST(UnixDatagram, closing_it_wakes_its_sender_and_the_message_was_not_sent) {
  auto [a, b] = Unix::pair();
  int sent = 0;
  auto sender = co_await started(send_many(a, 1'000'000, sent), 100);
  EXPECT_FALSE(sender.done());
  a.close();
  (void)co_await sender.join();
  EXPECT_GT(sent, 0);
  for (int i = 0; i < sent; ++i) EXPECT_EQ(co_await receive(b), std::string(64, 'm'));
  auto receiver = co_await started(receive(b));
  EXPECT_FALSE(receiver.done()) << "what was not sent does not come, and there is no end";
}

}  // namespace async::testing::datagram_test
