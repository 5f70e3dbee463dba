#include "epoll/datagram_socket.hpp"

#include <gtest/gtest.h>

#include <array>

#include "epoll/unix_datagram.hpp"
#include "event_source.hpp"

namespace {

using epoll::UnixDatagram;
using event_source::bytes_of;

TEST(DatagramSocket, a_message_that_just_fits_is_not_truncated) {
  auto [one, other] = UnixDatagram::pair().value();
  std::array<std::byte, 4> buffer;
  ASSERT_TRUE(one.send(bytes_of("1234")));
  EXPECT_FALSE(other.receive(buffer).value().is_truncated());
  ASSERT_TRUE(one.send(bytes_of("12345")));
  EXPECT_TRUE(other.receive(buffer).value().is_truncated());
}

TEST(DatagramSocket, without_a_buffer_the_message_is_taken_and_its_size_reported) {
  auto [one, other] = UnixDatagram::pair().value();
  ASSERT_TRUE(one.send(bytes_of("12345")));
  const auto message = other.receive({}).value();
  EXPECT_EQ(message.size, 0u);
  EXPECT_EQ(message.full_size, 5u);
  EXPECT_TRUE(sys::would_block(other.receive({}).error()));
}

TEST(DatagramSocket, an_empty_message_is_no_end) {
  auto [one, other] = UnixDatagram::pair().value();
  std::array<std::byte, 4> buffer;
  ASSERT_TRUE(one.send({}));
  EXPECT_EQ(other.receive(buffer).value().full_size, 0u);
  EXPECT_TRUE(sys::would_block(other.receive(buffer).error()));
}

TEST(DatagramSocket, a_socket_without_an_error_has_none_to_take) {
  auto [one, other] = UnixDatagram::pair().value();
  EXPECT_TRUE(one.take_error());
}

TEST(DatagramSocket, an_interrupted_send_or_receive_is_repeated) {
  auto [one, other] = UnixDatagram::pair().value();
  std::array<std::byte, 4> buffer;
  {
    sys::FailNth first(1, EINTR, "sendto");
    const sys::ScopedObserver watching(first);
    EXPECT_TRUE(one.send(bytes_of("a")));
    EXPECT_EQ(first.seen(), 2u);
  }
  sys::FailNth first(1, EINTR, "recvfrom");
  const sys::ScopedObserver watching(first);
  EXPECT_EQ(other.receive(buffer).value().size, 1u);
  EXPECT_EQ(first.seen(), 2u);
}

TEST(DatagramSocket, a_message_costs_one_system_call_at_either_end) {
  auto [one, other] = UnixDatagram::pair().value();
  std::array<std::byte, 4> buffer;
  sys::CallCounter calls;
  const sys::ScopedObserver watching(calls);
  ASSERT_TRUE(one.send(bytes_of("a")));
  ASSERT_TRUE(other.receive(buffer));
  EXPECT_EQ(calls.summary(), "recvfrom 1, sendto 1");
}

}  // namespace
