#include "async/tcp_listener.hpp"

#include <gtest/gtest.h>

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

}  // namespace
