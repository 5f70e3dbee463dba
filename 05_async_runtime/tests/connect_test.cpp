// Connecting to a host with several addresses.
#include <gtest/gtest.h>

#include <list>
#include <vector>

#include "async/io/tcp_listener.hpp"
#include "async/io/tcp_stream.hpp"
#include "async/sync/connect.hpp"
#include "epoll/tcp_listener.hpp"
#include "syscall/observer.hpp"
#include "syscall/open_descriptors.hpp"
#include "testing.hpp"

namespace {

using async::Task;
using async::TcpListener;
using async::TcpStream;
using async::testing::turns;
using epoll::SocketAddress;
using Addresses = std::vector<SocketAddress>;

TcpListener listen(SocketAddress at = SocketAddress::loopback(0)) {
  return TcpListener::bind(at).value();
}
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
  {
    Addresses addresses{first, listener.local_address().value()};
    auto stream = co_await async::connect_any(addresses);
    EXPECT_TRUE(stream);
    if (!stream) co_return;
    EXPECT_EQ(stream->socket()->peer_address(), listener.local_address());
    EXPECT_EQ(watch.change(), 1) << "the other ones are closed";
  }
  EXPECT_EQ(watch.change(), 0);
}
TEST(ConnectAny, does_not_wait_for_an_address_that_says_nothing) {
  const Silent silent;
  async::block_on(to_the_second(silent.address()));
}
TEST(ConnectAny, passes_over_an_address_that_refuses) {
  async::block_on(to_the_second(refused()));
}

Task<> to_the_first() {
  auto first = listen();
  auto second = listen();
  sys::CallCounter calls;
  const sys::ScopedObserver watching(calls);
  Addresses addresses{first.local_address().value(), second.local_address().value()};
  auto stream = co_await async::connect_any(addresses);
  EXPECT_TRUE(stream);
  EXPECT_EQ(calls.of("connect"), 1u);
}
TEST(ConnectAny, leaves_the_others_alone_when_the_first_answers) {
  async::block_on(to_the_first());
}

Task<> all_fail(Addresses addresses, std::errc expected) {
  auto stream = co_await async::connect_any(addresses);
  EXPECT_FALSE(stream);
  EXPECT_EQ(stream.error(), expected);
}
TEST(ConnectAny, tells_the_error_when_all_fail) {
  async::block_on(all_fail({refused(), refused(), refused()}, std::errc::connection_refused));
  async::block_on(all_fail({refused()}, std::errc::connection_refused));
  async::block_on(all_fail({}, std::errc::invalid_argument));
}

// Those that refuse cost no delay: with one for each of them this would take 25 seconds, and more than
// one test may.
TEST(ConnectAny, an_address_that_fails_has_no_start_on_the_next_one) {
  const auto begin = async::Clock::now();
  Addresses addresses(100, refused());
  async::block_on(all_fail(addresses, std::errc::connection_refused));
  EXPECT_LT(async::Clock::now() - begin, 20 * async::kAttemptDelay);
}

Task<> is_cancelled(SocketAddress first, SocketAddress second) {
  const sys::DescriptorWatch watch;
  Addresses addresses{first, second};
  auto connecting = async::spawn(async::connect_any(addresses));
  co_await turns(5);
  connecting.cancel();
  auto stream = co_await connecting.join();
  EXPECT_FALSE(stream);
  EXPECT_EQ(stream.error(), std::errc::operation_canceled);
  EXPECT_EQ(watch.change(), 0);
}
TEST(ConnectAny, ends_with_all_its_attempts_when_it_is_cancelled) {
  const Silent first;
  const Silent second;
  async::block_on(is_cancelled(first.address(), second.address()));
}

}  // namespace
