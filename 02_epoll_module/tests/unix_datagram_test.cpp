#include "epoll/unix_datagram.hpp"

#include <gtest/gtest.h>

#include <array>

#include "event_source.hpp"
#include "scratch_folder.hpp"

namespace {

using epoll::Interest;
using epoll::Trigger;
using epoll::UnixAddress;
using epoll::UnixDatagram;
using event_source::bytes_of;
using event_source::text_of;
using event_source::Watched;

std::string receive(UnixDatagram& socket) {
  std::array<std::byte, 64> buffer;
  const auto message = socket.receive(buffer).value();
  EXPECT_FALSE(message.is_truncated());
  return text_of(std::span(buffer).first(message.size));
}

TEST(UnixDatagram, the_two_of_a_pair_send_each_other_messages_that_keep_their_borders) {
  auto [one, other] = UnixDatagram::pair().value();
  for (const auto* text : {"one", "", "three"}) ASSERT_TRUE(one.send(bytes_of(text)));
  EXPECT_EQ(receive(other), "one");
  EXPECT_EQ(receive(other), "");  // a message, not an end
  EXPECT_EQ(receive(other), "three");
  ASSERT_TRUE(other.send(bytes_of("back")));
  EXPECT_EQ(receive(one), "back");
}

TEST(UnixDatagram, it_is_readable_while_a_message_is_there) {
  auto [one, other] = UnixDatagram::pair().value();
  Watched level(other.fd(), Interest::read(), Trigger::level);
  Watched edge(other.fd(), Interest::read(), Trigger::edge);
  std::array<std::byte, 8> buffer;
  EXPECT_FALSE(level.is_ready());
  EXPECT_TRUE(sys::would_block(other.receive(buffer).error()));

  ASSERT_TRUE(one.send(bytes_of("a")));
  EXPECT_TRUE(level.now()->is_readable());
  EXPECT_TRUE(level.is_ready());
  EXPECT_TRUE(edge.is_ready());
  EXPECT_FALSE(edge.is_ready());

  EXPECT_EQ(receive(other), "a");
  EXPECT_FALSE(level.is_ready());
}

TEST(UnixDatagram, a_connected_one_is_writable_while_its_peer_has_room) {
  auto [one, other] = UnixDatagram::pair().value();
  Watched watched(one.fd(), Interest::write());
  EXPECT_TRUE(watched.now()->is_writable());
  std::size_t sent = 0;
  auto outcome = one.send(bytes_of("x"));
  for (; outcome; outcome = one.send(bytes_of("x"))) ++sent;
  EXPECT_TRUE(sys::would_block(outcome.error()));
  EXPECT_FALSE(watched.is_ready());

  for (std::size_t i = 0; i < sent; ++i) EXPECT_EQ(receive(other), "x");  // none was lost
  EXPECT_TRUE(watched.is_ready());
}

TEST(UnixDatagram, one_that_is_not_connected_counts_as_writable_though_the_receiver_is_full) {
  auto receiver = UnixDatagram::bind(UnixAddress()).value();
  const auto to = receiver.local_address().value();
  auto sender = UnixDatagram::unbound().value();
  auto outcome = sender.send_to(bytes_of("x"), to);
  while (outcome) outcome = sender.send_to(bytes_of("x"), to);
  EXPECT_TRUE(sys::would_block(outcome.error()));
  EXPECT_TRUE(Watched(sender.fd(), Interest::write()).is_ready());
}

TEST(UnixDatagram, the_receiver_learns_the_senders_name_if_it_has_one) {
  const ScratchFolder folder;
  auto receiver = UnixDatagram::bind(folder.address("receiver")).value();
  auto named = UnixDatagram::bind(folder.address("sender")).value();
  auto nameless = UnixDatagram::unbound().value();
  const auto to = receiver.local_address().value();
  ASSERT_TRUE(named.send_to(bytes_of("a"), to));
  ASSERT_TRUE(nameless.send_to(bytes_of("b"), to));

  std::array<std::byte, 8> buffer;
  EXPECT_EQ(receiver.receive_from(buffer).value().from, folder.address("sender"));
  const auto second = receiver.receive_from(buffer).value();
  EXPECT_TRUE(second.from.is_unnamed());
  EXPECT_EQ(text_of(std::span(buffer).first(second.size)), "b");
}

TEST(UnixDatagram, a_message_that_is_too_long_for_the_buffer_is_reported) {
  auto receiver = UnixDatagram::bind(UnixAddress()).value();
  auto sender = UnixDatagram::unbound().value();
  ASSERT_TRUE(sender.send_to(bytes_of("0123456789"), receiver.local_address().value()));
  std::array<std::byte, 4> buffer;
  const auto message = receiver.receive_from(buffer).value();
  EXPECT_TRUE(message.is_truncated());
  EXPECT_EQ(message.size, 4u);
  EXPECT_EQ(message.full_size, 10u);
  EXPECT_EQ(text_of(buffer), "0123");
}

TEST(UnixDatagram, connected_it_receives_from_its_peer_alone) {
  auto peer = UnixDatagram::bind(UnixAddress()).value();
  auto socket = UnixDatagram::bind(UnixAddress()).value();
  auto other = UnixDatagram::unbound().value();
  ASSERT_TRUE(socket.connect(peer.local_address().value()));
  ASSERT_TRUE(socket.send(bytes_of("hello")));
  EXPECT_EQ(receive(peer), "hello");
  EXPECT_EQ(other.send_to(bytes_of("b"), socket.local_address().value()).error(),
            std::errc::operation_not_permitted);
}

TEST(UnixDatagram, sending_without_a_receiver_is_enoent_or_econnrefused) {
  const ScratchFolder folder;
  auto sender = UnixDatagram::unbound().value();
  EXPECT_EQ(sender.send_to(bytes_of("a"), folder.address("nothing")).error(),
            std::errc::no_such_file_or_directory);
  auto gone = UnixAddress();
  {
    auto receiver = UnixDatagram::bind(UnixAddress()).value();
    gone = receiver.local_address().value();
  }
  EXPECT_EQ(sender.send_to(bytes_of("a"), gone).error(), std::errc::connection_refused);
  EXPECT_EQ(sender.connect(gone).error(), std::errc::connection_refused);
  EXPECT_EQ(sender.send(bytes_of("a")).error(), std::errc::not_connected);
}

TEST(UnixDatagram, a_peer_that_went_away_is_an_error_and_no_signal) {
  auto pair = UnixDatagram::pair().value();
  {
    auto gone = std::move(pair.second);
  }
  EXPECT_EQ(pair.first.send(bytes_of("a")).error(), std::errc::connection_refused);
}

TEST(UnixDatagram, a_path_is_a_file_that_goes_with_it) {
  const ScratchFolder folder;
  {
    auto socket = UnixDatagram::bind(folder.address("socket")).value();
    EXPECT_TRUE(std::filesystem::is_socket(folder.file("socket")));
    EXPECT_EQ(UnixDatagram::bind(folder.address("socket")).error(), std::errc::address_in_use);
  }
  EXPECT_TRUE(folder.is_empty());
}

TEST(UnixDatagram, it_does_not_block_is_not_inherited_and_is_closed_at_the_drop) {
  const sys::DescriptorWatch watch;
  {
    auto bound = UnixDatagram::bind(UnixAddress()).value();
    auto unbound = UnixDatagram::unbound().value();
    auto [one, other] = UnixDatagram::pair().value();
    for (const int fd : {bound.fd(), unbound.fd(), one.fd(), other.fd()}) {
      EXPECT_TRUE(event_source::never_blocks(fd));
      EXPECT_TRUE(event_source::closes_on_exec(fd));
    }
    EXPECT_EQ(watch.change(), 4);
  }
  EXPECT_EQ(watch.change(), 0);
}

TEST(UnixDatagram, a_system_call_that_fails_is_reported_and_leaves_neither_descriptor_nor_file) {
  const ScratchFolder folder;
  const std::size_t calls = event_source::sweep_faults([&]() -> sys::Result<UnixDatagram> {
    EXPECT_TRUE(folder.is_empty());
    auto receiver = UnixDatagram::bind(folder.address("socket"));
    if (!receiver) return receiver;
    const auto address = receiver->local_address();
    if (!address) return sys::failure(address.error());
    auto sender = UnixDatagram::unbound();
    if (!sender) return sender;
    if (auto sent = sender->send_to(bytes_of("a"), *address); !sent)
      return sys::failure(sent.error());
    std::array<std::byte, 8> buffer;
    if (auto got = receiver->receive_from(buffer); !got) return sys::failure(got.error());
    if (auto connected = sender->connect(*address); !connected)
      return sys::failure(connected.error());
    if (auto pair = UnixDatagram::pair(); !pair) return sys::failure(pair.error());
    return receiver;
  });
  EXPECT_TRUE(folder.is_empty());
  EXPECT_EQ(calls, 9u);
}

}  // namespace
