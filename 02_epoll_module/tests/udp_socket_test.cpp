#include "epoll/udp_socket.hpp"

#include <gtest/gtest.h>

#include <array>

#include "epoll/socket.hpp"
#include "event_source.hpp"

namespace {

using epoll::Interest;
using epoll::SocketAddress;
using epoll::Trigger;
using epoll::UdpSocket;
using event_source::bytes_of;
using event_source::text_of;
using event_source::Watched;

UdpSocket bound() {
  return UdpSocket::bind(SocketAddress::loopback(0)).value();
}

// Waits for a message first: even over the loopback it need not be there when the send returns.
std::string receive(UdpSocket& socket) {
  Watched(socket.fd()).wait();
  std::array<std::byte, 64> buffer;
  const auto message = socket.receive(buffer).value();
  EXPECT_FALSE(message.is_truncated());
  return text_of(std::span(buffer).first(message.size));
}

TEST(UdpSocket, a_message_arrives_with_the_address_of_its_sender) {
  for (const auto& address : {SocketAddress::loopback(0), SocketAddress::loopback_v6(0)}) {
    auto sender = UdpSocket::bind(address).value();
    auto receiver = UdpSocket::bind(address).value();
    ASSERT_TRUE(sender.send_to(bytes_of("hello"), receiver.local_address().value()));

    Watched(receiver.fd()).wait();
    std::array<std::byte, 64> buffer;
    const auto message = receiver.receive_from(buffer).value();
    EXPECT_EQ(text_of(std::span(buffer).first(message.size)), "hello");
    EXPECT_EQ(message.from, sender.local_address().value());
  }
}

TEST(UdpSocket, port_0_is_a_port_of_the_kernels_choice) {
  auto socket = bound();
  EXPECT_NE(socket.local_address().value().port(), 0);
}

TEST(UdpSocket, a_port_that_is_taken_is_eaddrinuse) {
  auto socket = bound();
  EXPECT_EQ(UdpSocket::bind(socket.local_address().value()).error(), std::errc::address_in_use);
}

TEST(UdpSocket, it_is_readable_while_a_message_is_there) {
  auto sender = bound();
  auto receiver = bound();
  Watched level(receiver.fd(), Interest::read(), Trigger::level);
  Watched edge(receiver.fd(), Interest::read(), Trigger::edge);
  std::array<std::byte, 64> buffer;
  EXPECT_FALSE(level.is_ready());
  EXPECT_TRUE(sys::would_block(receiver.receive_from(buffer).error()));
  EXPECT_TRUE(sys::would_block(receiver.receive(buffer).error()));

  ASSERT_TRUE(sender.send_to(bytes_of("a"), receiver.local_address().value()));
  EXPECT_TRUE(level.wait().is_readable());
  EXPECT_TRUE(level.is_ready());
  EXPECT_TRUE(edge.is_ready());
  EXPECT_FALSE(edge.is_ready());

  EXPECT_EQ(receive(receiver), "a");
  EXPECT_FALSE(level.is_ready());
}

TEST(UdpSocket, it_is_writable_from_the_start) {
  auto socket = bound();
  EXPECT_TRUE(Watched(socket.fd(), Interest::write()).now()->is_writable());
}

TEST(UdpSocket, messages_keep_their_borders) {
  auto sender = bound();
  auto receiver = bound();
  ASSERT_TRUE(sender.connect(receiver.local_address().value()));
  for (const auto* text : {"one", "", "three"}) ASSERT_TRUE(sender.send(bytes_of(text)));
  EXPECT_EQ(receive(receiver), "one");
  EXPECT_EQ(receive(receiver), "");  // a message, not an end
  EXPECT_EQ(receive(receiver), "three");
}

TEST(UdpSocket, a_message_that_is_too_long_for_the_buffer_is_reported_and_its_rest_is_lost) {
  auto sender = bound();
  auto receiver = bound();
  const auto to = receiver.local_address().value();
  ASSERT_TRUE(sender.send_to(bytes_of("0123456789"), to));
  ASSERT_TRUE(sender.send_to(bytes_of("0123"), to));

  Watched(receiver.fd()).wait();
  std::array<std::byte, 4> buffer;
  const auto cut = receiver.receive_from(buffer).value();
  EXPECT_TRUE(cut.is_truncated());
  EXPECT_EQ(cut.size, 4u);
  EXPECT_EQ(cut.full_size, 10u);
  EXPECT_EQ(text_of(buffer), "0123");

  Watched(receiver.fd()).wait();
  const auto whole = receiver.receive(buffer).value();
  EXPECT_FALSE(whole.is_truncated());
  EXPECT_EQ(whole.full_size, 4u);
}

TEST(UdpSocket, a_message_that_is_too_long_for_the_protocol_is_emsgsize) {
  auto sender = bound();
  EXPECT_EQ(
      sender.send_to(bytes_of(std::string(65'508, 'x')), sender.local_address().value()).error(),
      std::errc::message_size);
}

TEST(UdpSocket, sending_without_a_peer_is_edestaddrreq) {
  auto socket = bound();
  EXPECT_EQ(socket.send(bytes_of("a")).error(), std::errc::destination_address_required);
}

TEST(UdpSocket, connected_it_receives_from_its_peer_alone) {
  auto socket = bound();
  auto peer = bound();
  auto other = bound();
  ASSERT_TRUE(socket.connect(peer.local_address().value()));
  const auto address = socket.local_address().value();
  ASSERT_TRUE(other.send_to(bytes_of("other"), address));
  ASSERT_TRUE(peer.send_to(bytes_of("peer"), address));
  EXPECT_EQ(receive(socket), "peer");
  EXPECT_FALSE(Watched(socket.fd()).is_ready());
}

TEST(UdpSocket, connected_it_gets_an_error_when_the_port_is_closed) {
  // An address of the loopback network that no other test uses, so that the port stays free.
  auto closed_port = SocketAddress::parse("127.83.61.7:0").value();
  {
    auto gone = UdpSocket::bind(closed_port).value();
    closed_port = gone.local_address().value();
  }
  auto socket = bound();
  Watched watched(socket.fd());
  ASSERT_TRUE(socket.connect(closed_port));
  EXPECT_FALSE(watched.is_ready());
  ASSERT_TRUE(socket.send(bytes_of("hello?")));
  EXPECT_TRUE(watched.wait().is_error());
  EXPECT_EQ(socket.take_error().error(), std::errc::connection_refused);
  EXPECT_TRUE(socket.take_error());  // told once
}

TEST(UdpSocket, it_does_not_block_is_not_inherited_and_is_closed_at_the_drop) {
  const sys::DescriptorWatch watch;
  {
    auto socket = bound();
    EXPECT_TRUE(event_source::never_blocks(socket.fd()));
    EXPECT_TRUE(event_source::closes_on_exec(socket.fd()));
    EXPECT_EQ(watch.change(), 1);
  }
  EXPECT_EQ(watch.change(), 0);
}

TEST(UdpSocket, a_system_call_that_fails_is_reported_and_leaves_nothing_behind) {
  const std::size_t calls = event_source::sweep_faults([]() -> sys::Result<UdpSocket> {
    auto socket = UdpSocket::bind(SocketAddress::loopback(0));
    if (!socket) return socket;
    const auto self = socket->local_address();
    if (!self) return sys::failure(self.error());
    if (auto sent = socket->send_to(bytes_of("a"), *self); !sent) return sys::failure(sent.error());
    event_source::wait_unobserved(socket->fd());
    std::array<std::byte, 8> buffer;
    if (auto got = socket->receive_from(buffer); !got) return sys::failure(got.error());
    if (auto connected = socket->connect(*self); !connected) return sys::failure(connected.error());
    if (auto sent = socket->send(bytes_of("a")); !sent) return sys::failure(sent.error());
    event_source::wait_unobserved(socket->fd());
    if (auto got = socket->receive(buffer); !got) return sys::failure(got.error());
    if (auto well = socket->take_error(); !well) return sys::failure(well.error());
    return socket;
  });
  EXPECT_EQ(calls, 9u);
}

}  // namespace
