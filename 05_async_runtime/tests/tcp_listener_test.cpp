#include "async/io/tcp_listener.hpp"

#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <vector>

#include "async/sync/serve_each.hpp"
#include "epoll/socket.hpp"
#include "syscall/observer.hpp"
#include "testing.hpp"

namespace {

using async::Task;
using async::TcpListener;
using async::TcpStream;
using async::testing::turns;

TcpListener listen() {
  return TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
}
Task<> accept_into(TcpListener& listener, sys::Result<TcpStream>& result) {
  result = co_await listener.accept();
}

Task<> go_on_after(int error_number) {
  auto listener = listen();
  auto client = co_await TcpStream::connect(*listener.local_address());
  EXPECT_TRUE(client);
  sys::FailNth failing(1, error_number, "accept4");
  const sys::ScopedObserver watching(failing);
  auto incoming = listener.incoming();
  const auto accepted = co_await incoming.next();
  EXPECT_TRUE(accepted);
  EXPECT_TRUE(failing.has_failed());
}
TEST(TcpListener, incoming_passes_over_a_client_that_has_left) {
  async::block_on(go_on_after(ECONNABORTED));
}
TEST(TcpListener, incoming_goes_on_when_there_was_no_descriptor_left) {
  async::block_on(go_on_after(EMFILE));
}

// Lets the first accept fail, and notes when each of them was tried.
class NoDescriptorAtFirst : public sys::Observer {
 public:
  int before(std::string_view name) noexcept override {
    if (name != "accept4") return 0;
    tried.push_back(async::Clock::now());
    return tried.size() == 1 ? EMFILE : 0;
  }
  void after(std::string_view, int) noexcept override {}
  std::vector<async::Clock::time_point> tried;
};
Task<> wait_for_room(NoDescriptorAtFirst& observer) {
  auto listener = listen();
  auto client = co_await TcpStream::connect(*listener.local_address());
  EXPECT_TRUE(client);
  auto incoming = listener.incoming();
  const auto accepted = co_await incoming.next();
  EXPECT_TRUE(accepted);
  EXPECT_EQ(observer.tried.size(), 2U);
  EXPECT_GE(observer.tried.back() - observer.tried.front(), async::kAcceptPause);
}
TEST(TcpListener, incoming_keeps_silent_for_a_while_when_there_was_no_descriptor_left) {
  NoDescriptorAtFirst observer;
  const sys::ScopedObserver watching(observer);
  async::block_on(wait_for_room(observer));
}

Task<> cancelled() {
  auto listener = listen();
  sys::Result<TcpStream> first = sys::failure(EIO);
  auto waiting = async::spawn(accept_into(listener, first));
  co_await turns(2);
  waiting.cancel();
  (void)co_await waiting.join();
  EXPECT_EQ(first.error(), std::errc::operation_canceled);
  auto client = co_await TcpStream::connect(*listener.local_address());
  EXPECT_TRUE(client);
  const auto second = co_await listener.accept();
  EXPECT_TRUE(second) << "the client was not lost";
}
TEST(TcpListener, a_cancelled_accept_has_lost_no_client) {
  async::block_on(cancelled());
}

Task<> closed() {
  auto listener = listen();
  sys::Result<TcpStream> result = sys::failure(EIO);
  auto waiting = async::spawn(accept_into(listener, result));
  co_await turns(2);
  listener.close();
  (void)co_await waiting.join();
  EXPECT_EQ(result.error(), std::errc::bad_file_descriptor);
}
TEST(TcpListener, closing_it_wakes_who_waits_for_a_client) {
  async::block_on(closed());
}

// What Linux hands on of the network's complaints about one client [accept(2), "Error handling"].
TEST(TcpListener, incoming_passes_over_what_the_network_says_about_one_client) {
  for (const int error_number : {EPROTO, EPERM, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET,
                                 EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH})
    async::block_on(go_on_after(error_number));
}

Task<> listen_and_leave(std::string& fd_of_listener, std::string& fd_of_client) {
  auto listener = listen();
  auto connecting = async::spawn(TcpStream::connect(*listener.local_address()));
  const auto accepted = co_await listener.accept();
  EXPECT_TRUE(accepted);
  fd_of_listener = std::to_string(listener.fd());
  fd_of_client = std::to_string(accepted->socket()->fd());
}
TEST(TcpListener, errors_of_accept_are_of_one_client_or_want_of_room_or_of_the_listener) {
  for (const int error : {ECONNABORTED, EPROTO, EPERM, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET,
                          EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH}) {
    EXPECT_TRUE(async::is_transient_accept_error(sys::error_code(error))) << error;
    EXPECT_FALSE(async::is_resource_exhausted(sys::error_code(error))) << error;
  }
  for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
    EXPECT_TRUE(async::is_resource_exhausted(sys::error_code(error))) << error;
    EXPECT_FALSE(async::is_transient_accept_error(sys::error_code(error))) << error;
  }
  for (const int error : {EBADF, EINVAL, ENOTSOCK, EFAULT}) {
    EXPECT_FALSE(async::is_resource_exhausted(sys::error_code(error))) << error;
    EXPECT_FALSE(async::is_transient_accept_error(sys::error_code(error))) << error;
  }
}

TEST(TcpListener, a_trace_tells_who_came_and_what_was_closed) {
  auto runtime = async::Runtime::create().value();
  std::vector<std::string> lines;
  runtime->on_trace([&](std::string_view line) { lines.emplace_back(line); });
  std::string listener, client;
  runtime->block_on(listen_and_leave(listener, client));
  const auto times = [&](const std::string& line) { return std::ranges::count(lines, line); };
  EXPECT_EQ(times("(TcpStream) accept: " + client), 1);
  EXPECT_EQ(times("(TcpStream) close : " + client), 1);
  EXPECT_EQ(times("(TcpListener) close : " + listener), 1);
}

Task<> both_ends_at_once() {
  sys::CallCounter calls;
  const sys::ScopedObserver watching(calls);
  auto listener = listen();
  auto client = co_await TcpStream::connect(*listener.local_address());
  auto server = co_await listener.accept();
  EXPECT_TRUE(client && server);
  for (const TcpStream* const stream : {&*client, &*server}) {
    EXPECT_EQ(epoll::get_option(stream->socket()->fd(), IPPROTO_TCP, TCP_NODELAY), 1);
  }
  EXPECT_EQ(calls.of("setsockopt"), 3U) << "two for the listener, one for the client";
}
TEST(TcpListener, streams_send_at_once_and_an_accepted_one_costs_no_call_for_it) {
  async::block_on(both_ends_at_once());
}

Task<> count_clients(TcpListener& listener, int& served, int& failing) {
  auto handler = [&](TcpStream stream) -> Task<> {
    std::array<std::byte, 1> byte;
    if (failing-- > 0) throw std::bad_alloc();
    const auto count = co_await stream.read(byte);
    if (count) ++served;
  };
  co_await async::serve_each(listener, handler);
}
Task<> a_client_without_memory() {
  auto listener = listen();
  int served = 0;
  int failing = 1;
  auto server = async::spawn(count_clients(listener, served, failing));
  for (int i = 0; i < 3; ++i) {
    auto client = co_await TcpStream::connect(*listener.local_address());
    std::array<std::byte, 1> byte;
    EXPECT_TRUE(client->shutdown(epoll::Shutdown::write));
    const auto end = co_await client->read(byte);
    EXPECT_EQ(end, 0U);
  }
  EXPECT_EQ(served, 2);
  listener.close();
  (void)co_await server.join();
}
TEST(ServeEach, a_client_for_which_there_is_no_memory_is_the_only_one_that_ends) {
  async::block_on(a_client_without_memory());
}

Task<> a_client_that_stays() {
  auto listener = listen();
  int served = 0;
  int failing = 0;
  auto server = async::spawn(count_clients(listener, served, failing));
  auto client = co_await TcpStream::connect(*listener.local_address());
  co_await turns(3);
  server.cancel();
  (void)co_await server.join();
  std::array<std::byte, 1> byte;
  const auto end = co_await client->read(byte);
  EXPECT_EQ(end, 0U) << "its task was asked to stop, and has ended";
}
TEST(ServeEach, that_is_cancelled_ends_the_tasks_of_its_clients) {
  async::block_on(a_client_that_stays());
}

}  // namespace
