#include "epoll/poll.hpp"
#include "epoll/slab.hpp"
#include "epoll/tcp_listener.hpp"
#include "epoll/waker.hpp"

#include <gtest/gtest.h>

namespace {
TEST(Poll, adding_twice_is_eexist) {
  auto poll = epoll::Poll::create().value();
  auto listener = epoll::TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
  ASSERT_TRUE(poll.add(listener.fd(), {}, epoll::Interest::read(), epoll::Trigger::level));
  EXPECT_EQ(poll.add(listener.fd(), {}, epoll::Interest::read(), epoll::Trigger::level).error(),
            std::errc::file_exists);
}
}  // namespace
