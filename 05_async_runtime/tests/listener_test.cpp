// Listeners and those that connect to them, by TCP and by Unix sockets.
#include <netinet/tcp.h>

#include <cstring>
#include <list>

#include "../../02_epoll_module/tests/scratch_folder.hpp"
#include "async/io/tcp_listener.hpp"
#include "async/io/unix_stream.hpp"
#include "epoll/tcp_listener.hpp"
#include "support/trace.hpp"
#include "testing.hpp"

namespace async::testing::listener_test {

// Addresses of both kinds are chosen by the kernel.
struct Tcp {
  static TcpListener listen() { return testing::listen(); }
  using Stream = TcpStream;
};
struct Unix {
  static UnixListener listen() { return UnixListener::bind(epoll::UnixAddress()).value(); }
  using Stream = UnixStream;
};

Task<> go_on_after(int error_number) {
  auto listener = listen();
  const auto client = co_await connected_to(listener);
  WatchingFault failing(1, error_number, "accept4");
  auto incoming = listener.incoming();
  EXPECT_TRUE(co_await incoming.next());
  EXPECT_TRUE(failing.has_failed());
}
ASYNC_TEST(TcpListener, incoming_passes_over_a_client_that_has_left) {
  co_await go_on_after(ECONNABORTED);
}
ASYNC_TEST(TcpListener, incoming_continues_when_there_was_no_descriptor_left) {
  co_await go_on_after(EMFILE);
}

ASYNC_TEST(TcpListener, incoming_pauses_for_a_while_when_there_was_no_descriptor_left) {
  Watching<NoDescriptors> observer(1);
  auto listener = listen();
  const auto client = co_await connected_to(listener);
  auto incoming = listener.incoming();
  EXPECT_TRUE(co_await incoming.next());
  EXPECT_EQ(observer.tried.size(), 2U);
  EXPECT_GE(observer.tried.back() - observer.tried.front(), kAcceptPause);
}

template <class Kind>
Task<> cancelled_accept() {
  auto listener = Kind::listen();
  auto waiting = co_await started(listener.accept());
  EXPECT_EQ(error_of(co_await cancelled(waiting)), std::errc::operation_canceled);
  const auto client = co_await Kind::Stream::connect(*listener.local_address());
  EXPECT_TRUE(client);
  EXPECT_TRUE(co_await listener.accept()) << "the client was not lost";
}
ASYNC_TEST(TcpListener, a_cancelled_accept_has_lost_no_client) {
  co_await cancelled_accept<Tcp>();
}
ASYNC_TEST(UnixListener, a_cancelled_accept_has_lost_no_client) {
  co_await cancelled_accept<Unix>();
}

template <class Kind>
Task<> closed_listener() {
  auto listener = Kind::listen();
  auto waiting = co_await started(listener.accept());
  listener.close();
  EXPECT_EQ(error_of(co_await waiting.join()), std::errc::bad_file_descriptor);
  EXPECT_EQ(listener.local_address().error(), std::errc::bad_file_descriptor);
}
ASYNC_TEST(TcpListener, closing_it_wakes_the_task_that_waits_for_a_client) {
  co_await closed_listener<Tcp>();
}
ASYNC_TEST(UnixListener, closing_it_wakes_the_task_that_waits_for_a_client) {
  co_await closed_listener<Unix>();
}

// What Linux hands on of the network's complaints about one client [accept(2), "Error handling"].
constexpr auto kOfTheNetwork = {EPROTO, EPERM,        ENETDOWN,   ENOPROTOOPT, EHOSTDOWN,
                                ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH};
ASYNC_TEST(TcpListener, incoming_passes_over_a_network_error_of_one_client) {
  for (const int error_number : kOfTheNetwork) co_await go_on_after(error_number);
}

TEST(TcpListener, errors_of_accept_concern_one_client_or_a_lack_of_room_or_the_listener) {
  const auto expect = [](std::initializer_list<int> errors, bool of_a_client, bool of_room) {
    for (const int number : errors) {
      const auto error = sys::error_code(number);
      EXPECT_EQ(is_transient_accept_error(error), of_a_client) << error;
      EXPECT_EQ(is_resource_exhausted(error), of_room) << error;
    }
  };
  expect(kOfTheNetwork, true, false);
  expect({ECONNABORTED}, true, false);
  expect({EMFILE, ENFILE, ENOBUFS, ENOMEM}, false, true);
  expect({EBADF, EINVAL, ENOTSOCK, EFAULT}, false, false);
}

ASYNC_TEST(TcpListener, a_trace_shows_clients_and_what_was_closed) {
  std::vector<std::string> lines;
  Runtime::here().on_trace(
      [&](TraceEvent event, int number) { lines.push_back(examples::trace_line(event, number)); });
  std::string fd_of_listener, fd_of_client;
  {
    auto listener = listen();
    auto client = co_await connected_to(listener);
    const auto accepted = co_await listener.accept();
    fd_of_listener = std::to_string(listener.fd());
    fd_of_client = std::to_string(accepted->socket()->fd());
  }
  for (const auto& line :
       {"(TcpStream) accept: " + fd_of_client, "(TcpStream) close : " + fd_of_client,
        "(TcpListener) close : " + fd_of_listener})
    EXPECT_EQ(std::ranges::count(lines, line), 1) << line;
}

ASYNC_TEST(TcpListener, streams_send_at_once_and_an_accepted_one_costs_no_call_for_it) {
  WatchingCounter calls;
  auto listener = listen();
  const auto client = co_await connected_to(listener);
  const auto server = co_await listener.accept();
  for (const TcpStream* const stream : {&client, &*server})
    EXPECT_EQ(epoll::get_option(stream->socket()->fd(), IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(calls.of("setsockopt"), 3U) << "two for the listener, one for the client";
}

ASYNC_TEST(TcpListener, those_of_a_group_have_one_port_and_each_client_reaches_one_of_them) {
  auto group = TcpListener::bind_group(epoll::SocketAddress::loopback(0), 2).value();
  EXPECT_EQ(group.size(), 2U);
  EXPECT_EQ(group[0].local_address()->port(), group[1].local_address()->port());
  const auto client = co_await connected_to(group[0]);
  auto first = co_await started(group[0].accept());
  auto second = co_await started(group[1].accept());
  EXPECT_NE(first.done(), second.done());
  group.clear();  // which ends the other one
  (void)co_await first.join();
  (void)co_await second.join();
}

ASYNC_TEST(TcpStream, aborting_it_wakes_its_reader_and_resets_the_connection) {
  auto listener = listen();
  auto client = co_await connected_to(listener);
  auto server = (co_await listener.accept()).value();
  std::array<std::byte, 8> buffer{};
  auto reader = co_await started(server.read(buffer));
  server.abort();
  EXPECT_EQ(error_of(co_await reader.join()), std::errc::bad_file_descriptor);
  EXPECT_EQ(error_of(co_await client.read(buffer)), std::errc::connection_reset);
}

Task<> count_clients(TcpListener& listener, int& served, int failing) {
  auto handler = [&](TcpStream stream) -> Task<> {
    if (failing-- > 0) throw std::bad_alloc();
    if (co_await read_once(stream)) ++served;
  };
  co_await serve_each(listener, handler);
}
ASYNC_TEST(ServeEach, a_client_for_which_there_is_no_memory_is_the_only_one_that_ends) {
  auto listener = listen();
  int served = 0;
  auto server = spawn(count_clients(listener, served, 1));
  for (int i = 0; i < 3; ++i) {
    auto client = co_await connected_to(listener);
    EXPECT_TRUE(client.shutdown(epoll::Shutdown::write));
    EXPECT_EQ(co_await read_once(client), 0U);
  }
  EXPECT_EQ(served, 2);
  listener.close();
  (void)co_await server.join();
}

ASYNC_TEST(ServeEach, that_is_cancelled_ends_the_tasks_of_its_clients) {
  auto listener = listen();
  int served = 0;
  auto server = spawn(count_clients(listener, served, 0));
  auto client = co_await connected_to(listener);
  co_await turns(3);
  (void)co_await cancelled(server);
  EXPECT_EQ(co_await read_once(client), 0U) << "its task was asked to stop, and has ended";
}

using epoll::SocketAddress;
using Addresses = std::vector<SocketAddress>;

// Bound, asked for its port, and closed again.
SocketAddress refused() {
  return epoll::TcpListener::bind(SocketAddress::loopback(0)).value().local_address().value();
}
// A listener whose queue is full: a client hears nothing, as from a machine that is down [listen(2)].
class Silent {
 public:
  Silent() {
    for (int i = 0; i < 4; ++i) clients_.push_back(epoll::TcpStream::connect(address()).value());
  }
  [[nodiscard]] SocketAddress address() const { return listener_.local_address().value(); }

 private:
  epoll::TcpListener listener_ =
      epoll::TcpListener::bind(SocketAddress::loopback(0), {.backlog = 0}).value();
  std::list<epoll::TcpStream> clients_;
};

Task<> to_the_second(SocketAddress first) {
  auto listener = listen();
  const sys::DescriptorWatch watch;
  const Addresses addresses{first, listener.local_address().value()};
  auto stream = co_await async::connect_any(addresses);
  EXPECT_EQ(stream->socket()->peer_address(), listener.local_address());
  EXPECT_EQ(watch.change(), 1) << "the other ones are closed";
}
ASYNC_TEST(ConnectAny, does_not_wait_for_an_address_that_does_not_answer) {
  const Silent silent;
  co_await to_the_second(silent.address());
}
ASYNC_TEST(ConnectAny, passes_over_an_address_that_refuses) {
  co_await to_the_second(refused());
}

ASYNC_TEST(ConnectAny, leaves_the_others_alone_when_the_first_answers) {
  auto first = listen();
  auto second = listen();
  WatchingCounter calls;
  const Addresses addresses{first.local_address().value(), second.local_address().value()};
  EXPECT_TRUE(co_await async::connect_any(addresses));
  EXPECT_EQ(calls.of("connect"), 1u);
}

ASYNC_TEST(ConnectAny, reports_the_error_when_all_fail) {
  for (const std::size_t count : {1U, 3U}) {
    const Addresses addresses(count, refused());
    EXPECT_EQ((co_await async::connect_any(addresses)).error(), std::errc::connection_refused);
  }
  const Addresses none;
  EXPECT_EQ((co_await async::connect_any(none)).error(), std::errc::invalid_argument);
}

// Those that refuse cost no delay: with one for each of them this would take 25 seconds, and more than
// one test may.
ASYNC_TEST(ConnectAny, an_address_that_fails_has_no_head_start_over_the_next_one) {
  const auto begin = Clock::now();
  const Addresses addresses(100, refused());
  EXPECT_EQ((co_await async::connect_any(addresses)).error(), std::errc::connection_refused);
  EXPECT_LT(Clock::now() - begin, 20 * async::kAttemptDelay);
}

ASYNC_TEST(ConnectAny, ends_with_all_its_attempts_when_it_is_cancelled) {
  const Silent first;
  const Silent second;
  const sys::DescriptorWatch watch;
  const Addresses addresses{first.address(), second.address()};
  auto connecting = co_await started(async::connect_any(addresses), 5);
  EXPECT_EQ((co_await cancelled(connecting)).error(), std::errc::operation_canceled);
  EXPECT_EQ(watch.change(), 0);
}

// Room for one client, so that the queue is soon full.
UnixListener listen_with_a_short_queue() {
  return UnixListener(epoll::UnixListener::bind(epoll::UnixAddress(), 0).value());
}

Task<> speak(UnixStream& from, UnixStream& to, std::string_view text) {
  EXPECT_TRUE(co_await from.write_all(text));
  EXPECT_EQ(co_await text_from(to), text);
}
ASYNC_TEST(UnixStream, a_pair_carries_bytes_both_ways) {
  auto [a, b] = UnixStream::pair().value();
  co_await speak(a, b, "there");
  co_await speak(b, a, "and back");
  EXPECT_TRUE(a.shutdown(epoll::Shutdown::write));
  std::array<std::byte, 1> buffer;
  EXPECT_EQ(co_await b.read(buffer), 0U);
}

Task<> meet(const epoll::UnixAddress& address) {
  auto listener = UnixListener::bind(address).value();
  auto waiting = co_await started(listener.accept());
  EXPECT_FALSE(waiting.done());
  auto connected = co_await UnixStream::connect(*listener.local_address());
  auto accepted = co_await waiting.join();
  co_await speak(connected.value(), accepted.value(), "hello");
  co_await speak(accepted.value(), connected.value(), "yourself");
}
ASYNC_TEST(UnixStream, connects_to_a_listener_by_a_path_or_by_an_abstract_name) {
  const ScratchFolder folder;
  const auto path = folder.address("door");
  co_await meet(path);
  EXPECT_TRUE(folder.is_empty()) << "the listener takes its file along";
  const epoll::UnixAddress abstract;
  co_await meet(abstract);
}

ASYNC_TEST(UnixStream, connecting_to_an_address_without_a_listener_is_refused_at_once) {
  const ScratchFolder folder;
  const auto path = folder.address("nothing");
  EXPECT_EQ((co_await UnixStream::connect(path)).error(), std::errc::no_such_file_or_directory);
  const auto address = Unix::listen().local_address().value();  // closed again
  EXPECT_EQ((co_await UnixStream::connect(address)).error(), std::errc::connection_refused);
}

ASYNC_TEST(UnixStream, connecting_to_a_full_queue_is_tried_again_a_little_later) {
  auto listener = listen_with_a_short_queue();
  const auto address = listener.local_address().value();
  const auto client = co_await UnixStream::connect(address);
  WatchingCounter calls;
  auto connecting = co_await started(UnixStream::connect(address), 3);
  EXPECT_EQ(calls.failed_of("connect"), 1U) << "the queue is full: " << calls.summary();
  EXPECT_FALSE(connecting.done());
  EXPECT_TRUE(co_await listener.accept());
  auto second = co_await connecting.join();
  EXPECT_EQ(calls.of("connect"), 2U) << "not before there was room: " << calls.summary();
  auto of_second = co_await listener.accept();
  co_await speak(second.value(), of_second.value(), "hello");
}

ASYNC_TEST(UnixStream, connecting_to_a_full_queue_can_be_cancelled_and_limited) {
  auto listener = listen_with_a_short_queue();
  const auto address = listener.local_address().value();
  const auto client = co_await UnixStream::connect(address);
  auto connecting = co_await started(UnixStream::connect(address), 3);
  EXPECT_EQ((co_await cancelled(connecting)).error(), std::errc::operation_canceled);
  EXPECT_EQ((co_await timeout(1ms, UnixStream::connect(address))).error(), std::errc::timed_out);
}

ASYNC_TEST(UnixListener, incoming_gives_all_clients_that_came_at_once) {
  auto listener = Unix::listen();
  const auto address = listener.local_address().value();
  std::vector<UnixStream> clients;
  for (int i = 0; i < 3; ++i) {
    auto client = co_await UnixStream::connect(address);
    clients.push_back(std::move(client).value());
  }
  // One edge for all three.
  auto incoming = listener.incoming();
  for (auto& client : clients) {
    auto stream = co_await incoming.next();
    co_await speak(client, stream.value(), "in order");
  }
}

// A descriptor that travels with a byte ends the read there, though more has come behind it.
ASYNC_TEST(UnixStream, a_short_read_is_followed_by_another_when_a_descriptor_came_with_it) {
  auto [a, b] = UnixStream::pair().value();
  std::array<std::byte, 64> buffer;
  const auto nothing = co_await timeout(1ms, a.read(buffer));  // registered from here on
  EXPECT_EQ(nothing.error(), std::errc::timed_out);
  char letter = 'A';
  iovec piece{&letter, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const int fd = b.socket()->fd();
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  EXPECT_EQ(::sendmsg(fd, &message, 0), 1);
  EXPECT_EQ(::send(fd, "BCD", 3, 0), 3);
  EXPECT_EQ(co_await timeout(10s, a.read(buffer)), 1U);
  EXPECT_EQ(co_await timeout(10s, a.read(buffer)), 3U);
}

}  // namespace async::testing::listener_test
