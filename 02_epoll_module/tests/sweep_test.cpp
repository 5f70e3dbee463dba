// Fault sweeps over what this step can do: each scenario with each fault. The two sides of a connection are
// in one thread, and each does what it can; a scenario ends with the first error.
#include "sweep.hpp"

#include <poll.h>

#include <functional>
#include <string>
#include <vector>

#include "epoll/channel.hpp"
#include "epoll/child.hpp"
#include "epoll/poll.hpp"
#include "epoll/signals.hpp"
#include "epoll/tcp_listener.hpp"
#include "epoll/timer.hpp"
#include "epoll/udp_socket.hpp"
#include "epoll/unix_datagram.hpp"
#include "epoll/unix_listener.hpp"
#include "event_source.hpp"
#include "scratch_folder.hpp"

namespace sweep_scenarios {

using event_source::bytes_of;
using event_source::text_of;
using sweep::Kind;

// `call` again and again until it does not say would_block, each time when `fd` is ready. The waits are no
// calls of the scenario.
template <class Call>
std::invoke_result_t<Call&> until_done(int fd, short events, Call call) {
  while (true) {
    auto result = call();
    if (result || !sys::would_block(result.error())) return result;
    pollfd waiting{fd, events, 0};
    EXPECT_EQ(::poll(&waiting, 1, -1), 1);
  }
}

template <class Writer>
sys::Result<> write_all(Writer& writer, std::string_view text) {
  while (!text.empty()) {
    const auto count =
        until_done(writer.fd(), POLLOUT, [&] { return writer.write(bytes_of(text)); });
    SYS_TRY(count);
    text.remove_prefix(*count);
  }
  return {};
}

template <class Reader>
sys::Result<std::string> read_to_the_end(Reader& reader) {
  std::string text;
  std::array<std::byte, 1000> buffer{};
  while (true) {
    const auto count = until_done(reader.fd(), POLLIN, [&] { return reader.read(buffer); });
    SYS_TRY(count);
    if (*count == 0) return text;
    text += text_of(std::span(buffer).first(*count));
  }
}

// The client sends and ends, and the server sends it all back.
template <class Stream>
sys::Result<> converse(Stream& client, Stream& server) {
  const std::string question(3000, 'q');
  SYS_TRY(write_all(client, question));
  SYS_TRY(client.shutdown(epoll::Shutdown::write));
  const auto heard = read_to_the_end(server);
  SYS_TRY(heard);
  SYS_TRY(write_all(server, *heard));
  SYS_TRY(server.shutdown(epoll::Shutdown::write));
  const auto answer = read_to_the_end(client);
  SYS_TRY(answer);
  EXPECT_EQ(*answer, question);
  return {};
}

sys::Result<> talk_over_tcp() {
  auto listener = epoll::TcpListener::bind(epoll::SocketAddress::loopback(0));
  SYS_TRY(listener);
  const auto address = listener->local_address();
  SYS_TRY(address);
  auto client = epoll::TcpStream::connect(*address);
  SYS_TRY(client);
  auto server = until_done(listener->fd(), POLLIN, [&] { return listener->accept(); });
  SYS_TRY(server);
  SYS_TRY(client->take_error());
  return converse(*client, server->stream);
}

sys::Result<> talk_over_unix() {
  static const ScratchFolder folder;  // a file that an unlink has left does no harm to the next run
  static int runs = 0;
  const auto address = folder.address(std::to_string(++runs));
  auto listener = epoll::UnixListener::bind(address);
  SYS_TRY(listener);
  auto client = epoll::UnixStream::connect(address);
  SYS_TRY(client);
  auto server = until_done(listener->fd(), POLLIN, [&] { return listener->accept(); });
  SYS_TRY(server);
  SYS_TRY(server->peer_credentials());
  return converse(*client, *server);
}

template <class Socket, class Address>
sys::Result<> send_one(const Socket& from, const Socket& to, const Address& address) {
  SYS_TRY(until_done(from.fd(), POLLOUT, [&] { return from.send_to(bytes_of("hello"), address); }));
  std::array<std::byte, 16> buffer{};
  const auto got = until_done(to.fd(), POLLIN, [&] { return to.receive_from(buffer); });
  SYS_TRY(got);
  EXPECT_EQ(text_of(std::span(buffer).first(got->size)), "hello");
  return {};
}

sys::Result<> send_datagrams() {
  auto one = epoll::UdpSocket::bind(epoll::SocketAddress::loopback(0));
  SYS_TRY(one);
  auto other = epoll::UdpSocket::bind(epoll::SocketAddress::loopback(0));
  SYS_TRY(other);
  const auto address = other->local_address();
  SYS_TRY(address);
  SYS_TRY(send_one(*one, *other, *address));
  SYS_TRY(one->connect(*address));
  SYS_TRY(until_done(one->fd(), POLLOUT, [&] { return one->send(bytes_of("more")); }));

  static int runs = 0;
  static const ScratchFolder folder;
  const auto path = folder.address(std::to_string(++runs));
  auto named = epoll::UnixDatagram::bind(path);
  SYS_TRY(named);
  auto unnamed = epoll::UnixDatagram::unbound();
  SYS_TRY(unnamed);
  return send_one(*unnamed, *named, path);
}

sys::Result<> run_a_child() {
  epoll::SpawnOptions options;
  options.standard_input = options.standard_output = epoll::Stdio::piped;
  options.standard_error = epoll::Stdio::null;
  auto child = epoll::Child::spawn({"cat"}, options);
  SYS_TRY(child);
  SYS_TRY(write_all(*child->standard_input, "hello"));
  child->standard_input.reset();
  const auto text = read_to_the_end(*child->standard_output);
  SYS_TRY(text);
  EXPECT_EQ(*text, "hello");
  const auto status = until_done(child->fd(), POLLIN, [&] { return child->try_wait(); });
  SYS_TRY(status);
  EXPECT_TRUE(status->success());
  return {};
}

sys::Result<> wait_for_a_signal() {
  auto signals = epoll::Signals::create({SIGUSR1});
  SYS_TRY(signals);
  EXPECT_EQ(::raise(SIGUSR1), 0);
  const auto number = until_done(signals->fd(), POLLIN, [&] { return signals->next(); });
  SYS_TRY(number);
  EXPECT_EQ(*number, SIGUSR1);
  return {};
}

sys::Result<> wait_for_a_timer() {
  auto timer = epoll::Timer::create();
  SYS_TRY(timer);
  SYS_TRY(timer->set_after(std::chrono::nanoseconds(0)));
  const auto times = until_done(timer->fd(), POLLIN, [&] { return timer->read(); });
  SYS_TRY(times);
  EXPECT_EQ(*times, 1u);
  return timer->cancel();
}

sys::Result<> send_through_a_channel() {
  auto channel = epoll::Channel<std::string>::create(4);
  SYS_TRY(channel);
  SYS_TRY(channel->sender.send(std::string(100, 'a')));
  SYS_TRY(channel->sender.send(std::string(100, 'b')));
  for (const char letter : {'a', 'b'}) {
    const auto message =
        until_done(channel->receiver.fd(), POLLIN, [&] { return channel->receiver.receive(); });
    SYS_TRY(message);
    EXPECT_EQ(message->value_or(""), std::string(100, letter));
  }
  EXPECT_TRUE(sys::would_block(sys::error_of(channel->receiver.receive())));
  return {};
}

// Both ends of a pipe, by one epoll instance: under edge trigger, and changed, and taken out.
sys::Result<> poll_a_pipe() {
  auto poll = epoll::Poll::create();
  SYS_TRY(poll);
  auto pipe = epoll::Pipe::create();
  SYS_TRY(pipe);
  SYS_TRY(poll->add(pipe->reader.fd(), {1, 1}, epoll::Interest::read(), epoll::Trigger::edge));
  SYS_TRY(poll->add(pipe->writer.fd(), {2, 1}, epoll::Interest::write(), epoll::Trigger::oneshot));
  epoll::Events events(4);
  SYS_TRY(poll->wait(events, std::nullopt));
  EXPECT_EQ(events.size(), 1u);
  SYS_TRY(write_all(pipe->writer, "hello"));
  SYS_TRY(
      poll->modify(pipe->writer.fd(), {3, 1}, epoll::Interest::write(), epoll::Trigger::oneshot));
  SYS_TRY(poll->wait(events, std::nullopt));
  EXPECT_EQ(events.size(), 2u);
  SYS_TRY(poll->remove(pipe->writer.fd()));
  pipe->writer.close();
  const auto text = read_to_the_end(pipe->reader);
  SYS_TRY(text);
  EXPECT_EQ(*text, "hello");
  return {};
}

// clang-format off
TEST(FaultSweep, a_talk_over_tcp_survives_every_error_of_every_call) { sweep::survives(Kind::error, talk_over_tcp); }
TEST(FaultSweep, a_talk_over_unix_survives_every_error_of_every_call) { sweep::survives(Kind::error, talk_over_unix); }
TEST(FaultSweep, a_datagram_survives_every_error_of_every_call) { sweep::survives(Kind::error, send_datagrams); }
TEST(FaultSweep, a_child_survives_every_error_of_every_call) { sweep::survives(Kind::error, run_a_child); }
TEST(FaultSweep, a_signal_survives_every_error_of_every_call) { sweep::survives(Kind::error, wait_for_a_signal); }
TEST(FaultSweep, a_timer_survives_every_error_of_every_call) { sweep::survives(Kind::error, wait_for_a_timer); }
TEST(FaultSweep, a_channel_survives_every_error_of_every_call) { sweep::survives(Kind::error, send_through_a_channel); }
TEST(FaultSweep, a_poll_survives_every_error_of_every_call) { sweep::survives(Kind::error, poll_a_pipe); }

TEST(ShortTransferSweep, of_a_talk_over_tcp) { sweep::survives(Kind::cut, talk_over_tcp); }
TEST(ShortTransferSweep, of_a_talk_over_unix) { sweep::survives(Kind::cut, talk_over_unix); }
TEST(ShortTransferSweep, of_a_child) { sweep::survives(Kind::cut, run_a_child); }
TEST(ShortTransferSweep, of_a_poll) { sweep::survives(Kind::cut, poll_a_pipe); }

TEST(AllocationSweep, of_a_talk_over_tcp) { sweep::survives(Kind::memory, talk_over_tcp); }
TEST(AllocationSweep, of_a_talk_over_unix) { sweep::survives(Kind::memory, talk_over_unix); }
TEST(AllocationSweep, of_a_child) { sweep::survives(Kind::memory, run_a_child); }
TEST(AllocationSweep, of_a_signal) { sweep::survives(Kind::memory, wait_for_a_signal); }
TEST(AllocationSweep, of_a_channel) { sweep::survives(Kind::memory, send_through_a_channel); }
TEST(AllocationSweep, of_a_poll) { sweep::survives(Kind::memory, poll_a_pipe); }
// clang-format on

}  // namespace sweep_scenarios
