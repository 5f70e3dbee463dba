#include "epoll/socket.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "event_source.hpp"

namespace {

TEST(Socket, does_not_block_and_is_closed_in_a_child) {
  for (const int family : {AF_INET, AF_INET6, AF_UNIX}) {
    for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
      const auto fd = epoll::make_socket(family, type);
      ASSERT_TRUE(fd) << sys::error_of(fd).message();
      EXPECT_TRUE(event_source::never_blocks(fd->get()));
      EXPECT_TRUE(event_source::closes_on_exec(fd->get()));
      EXPECT_EQ(epoll::get_option(fd->get(), SOL_SOCKET, SO_TYPE), type);
      EXPECT_EQ(epoll::get_option(fd->get(), SOL_SOCKET, SO_DOMAIN), family);
    }
  }
}

TEST(Socket, a_pair_does_not_block_and_is_closed_in_a_child) {
  const auto pair = epoll::make_socket_pair(SOCK_STREAM);
  ASSERT_TRUE(pair);
  for (const int fd : {pair->first.get(), pair->second.get()}) {
    EXPECT_TRUE(event_source::never_blocks(fd));
    EXPECT_TRUE(event_source::closes_on_exec(fd));
  }
}

TEST(Socket, options_are_set_and_read) {
  const auto fd = epoll::make_socket(AF_INET, SOCK_STREAM).value();
  EXPECT_EQ(epoll::get_option(fd.get(), SOL_SOCKET, SO_REUSEADDR), 0);
  ASSERT_TRUE(epoll::set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1));
  EXPECT_EQ(epoll::get_option(fd.get(), SOL_SOCKET, SO_REUSEADDR), 1);
  EXPECT_EQ(sys::error_of(epoll::set_option(fd.get(), SOL_SOCKET, 12345, 1)),
            std::errc::no_protocol_option);
  EXPECT_EQ(sys::error_of(epoll::get_option(-1, SOL_SOCKET, SO_TYPE)),
            std::errc::bad_file_descriptor);
}

TEST(Socket, what_cannot_be_made_leaves_nothing_open) {
  EXPECT_EQ(event_source::sweep_faults([] { return epoll::make_socket(AF_INET, SOCK_STREAM); }),
            1u);
  EXPECT_EQ(event_source::sweep_faults([] { return epoll::make_socket_pair(SOCK_STREAM); }), 1u);
  EXPECT_FALSE(epoll::make_socket(AF_INET, 12345));
}

}  // namespace
