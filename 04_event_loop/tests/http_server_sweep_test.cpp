// A fault sweep: the same scenario again and again, each time with another system call failing.
// Whatever fails, the server must go on, lose no descriptor, and serve the next client.
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "event_loop/http_server.hpp"
#include "fail_nth_but_close.hpp"
#include "server_descriptors.hpp"
#include "server_rig.hpp"
#include "syscall/observer.hpp"
#include "syscall/open_descriptors.hpp"

namespace {

using event_loop::HttpServerOptions;
using event_loop::testing::binary;
using event_loop::testing::Client;
using event_loop::testing::FailNthButClose;
using event_loop::testing::ServerRig;
using std::chrono_literals::operator""ms;

// Two requests, the second with a body in pieces and an answer that has to wait for its reader, and
// a goodbye. The client does what it can; how far it comes depends on what fails.
void scenario(ServerRig& rig) {
  Client& client = rig.connect(true);
  client.ask("GET", "/");
  for (int i = 0; i < 4; ++i) rig.turn();
  client.reads = false;
  static const std::string body = binary(20'000);  // more than the server reads at once
  client.send("POST /large HTTP/1.1\r\nHost: test\r\nContent-Length: 20000\r\n\r\n");
  rig.turn();
  client.send(body);
  for (int i = 0; i < 4; ++i) rig.turn();
  client.reads = true;
  client.finish_sending();
  for (int i = 0; i < 1000 && rig.server().connections() != 0; ++i) rig.turn();
  client.close();
  for (int i = 0; i < 4; ++i) rig.turn();
}

void sweep(int error_number) {
  const sys::DescriptorWatch descriptors;
  const std::string large =
      binary(100'000);  // more than the kernel takes for one client, see below
  std::size_t nth = 1;
  for (;; ++nth) {
    HttpServerOptions options;
    options.linger_timeout = 20ms;
    ServerRig rig(options, [&](const http::Request& request) {
      return http::Response::text(200, request.path() == "/large" ? large : "small");
    });
    rig.tolerates_wait_errors = true;
    // A connection has the size from its listener [socket(7), tcp(7)].
    epoll::set_option(event_loop::testing::listener_of(rig.address()), SOL_SOCKET, SO_SNDBUF,
                      16'384)
        .value();
    FailNthButClose failing(nth, error_number);
    {
      sys::ScopedObserver watching(failing);
      scenario(rig);
    }
    if (failing.seen < nth) break;
    SCOPED_TRACE("call " + std::to_string(nth) + ", " + std::string(failing.failed));
    ASSERT_TRUE(rig.serves());
    ASSERT_TRUE(rig.until([&] { return rig.server().connections() == 0; }));
    ASSERT_EQ(rig.loop().sources(), 1u) << "of the listener";
    ASSERT_EQ(rig.loop().timers().size(), 0u);
  }
  EXPECT_GT(nth, 20u) << "this sweep has seen next to nothing";
  EXPECT_EQ(descriptors.change(), 0);
}

// clang-format off
TEST(FaultSweep, no_eintr_ends_the_server_or_leaves_anything_behind) { sweep(EINTR); }
TEST(FaultSweep, no_eagain_ends_the_server_or_leaves_anything_behind) { sweep(EAGAIN); }
TEST(FaultSweep, no_econnreset_ends_the_server_or_leaves_anything_behind) { sweep(ECONNRESET); }
TEST(FaultSweep, no_epipe_ends_the_server_or_leaves_anything_behind) { sweep(EPIPE); }
TEST(FaultSweep, no_emfile_ends_the_server_or_leaves_anything_behind) { sweep(EMFILE); }
TEST(FaultSweep, no_enfile_ends_the_server_or_leaves_anything_behind) { sweep(ENFILE); }
TEST(FaultSweep, no_enomem_ends_the_server_or_leaves_anything_behind) { sweep(ENOMEM); }
TEST(FaultSweep, no_enobufs_ends_the_server_or_leaves_anything_behind) { sweep(ENOBUFS); }
TEST(FaultSweep, no_enotconn_ends_the_server_or_leaves_anything_behind) { sweep(ENOTCONN); }
TEST(FaultSweep, no_econnaborted_ends_the_server_or_leaves_anything_behind) { sweep(ECONNABORTED); }
TEST(FaultSweep, no_eio_ends_the_server_or_leaves_anything_behind) { sweep(EIO); }
TEST(FaultSweep, no_enospc_ends_the_server_or_leaves_anything_behind) { sweep(ENOSPC); }
TEST(FaultSweep, no_ebadf_ends_the_server_or_leaves_anything_behind) { sweep(EBADF); }
// clang-format on

// The same while the server is being made.
TEST(BindSweep, whichever_call_of_bind_fails_it_says_so_and_nothing_is_left) {
  const auto loop = event_loop::EventLoop::create().value();
  const sys::DescriptorWatch descriptors;
  std::size_t nth = 1;
  for (;; ++nth) {
    FailNthButClose failing(nth, EMFILE);
    sys::ScopedObserver watching(failing);
    const auto server = event_loop::HttpServer::bind(*loop, epoll::SocketAddress::loopback(0),
                                                     examples::answer_hello);
    if (failing.seen < nth) break;
    if (failing.failed == "open") {
      EXPECT_TRUE(server) << "it can do without a reserve";
    } else {
      ASSERT_FALSE(server) << failing.failed;
      EXPECT_EQ(server.error(), std::errc::too_many_files_open);
    }
  }
  EXPECT_GE(nth, 6u);
  EXPECT_EQ(descriptors.change(), 0);
  EXPECT_EQ(loop->sources(), 0u);
}

}  // namespace
