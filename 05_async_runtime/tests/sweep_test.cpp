// A fault sweep: the same scenario again and again, each time with another system call failing.
// Whatever fails, everybody comes to an end, nothing is left behind, and the next one is served.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <system_error>
#include <vector>

#include "../../04_event_loop/tests/fail_nth_but_close.hpp"
#include "syscall/open_descriptors.hpp"
#include "testing.hpp"

namespace {

using async::Task;
using async::TcpListener;
using async::TcpStream;
using async::testing::pattern;
using event_loop::testing::FailNthButClose;

Task<sys::Result<>> echo_to_one(TcpListener& listener) {
  auto incoming = listener.incoming();
  auto stream = co_await incoming.next();
  if (!stream) co_return sys::failure(stream.error());
  std::array<std::byte, 1000> buffer;
  while (true) {
    const auto count = co_await stream->read(buffer);
    if (!count) co_return sys::failure(count.error());
    if (*count == 0) co_return sys::Result<>();
    const auto sent = co_await stream->write_all(std::span(buffer).first(*count));
    if (!sent) co_return sys::failure(sent.error());
  }
}

Task<sys::Result<>> ask(epoll::SocketAddress address) {
  auto stream = co_await TcpStream::connect(address);
  if (!stream) co_return sys::failure(stream.error());
  const auto question = pattern(3000);
  const auto sent = co_await async::timeout(std::chrono::hours(1), stream->write_all(question));
  if (!sent) co_return sys::failure(sent.error());
  std::vector<std::byte> answer(question.size());
  const auto received = co_await stream->read_exactly(answer);
  if (!received) co_return sys::failure(received.error());
  EXPECT_TRUE(answer == question);
  co_return stream->shutdown(epoll::Shutdown::write);
}

Task<sys::Result<>> both() {
  auto listener = TcpListener::bind(epoll::SocketAddress::loopback(0));
  if (!listener) co_return sys::failure(listener.error());
  const auto address = listener->local_address();
  if (!address) co_return sys::failure(address.error());
  async::TaskGroup group;  // if one fails, the other is cancelled: nobody waits for ever
  group.spawn(echo_to_one(*listener));
  group.spawn(ask(*address));
  co_return co_await group.join();
}

sys::Result<> scenario() {
  auto runtime = async::Runtime::create();
  if (!runtime) return sys::failure(runtime.error());
  try {
    return (*runtime)->block_on(both());
  } catch (const std::system_error& error) {  // the loop cannot wait; the tasks go with the runtime
    return sys::failure(error.code());
  }
}

void sweep(int error_number) {
  const sys::DescriptorWatch descriptors;
  std::size_t nth = 1;
  std::size_t survived = 0;
  for (;; ++nth) {
    FailNthButClose failing(nth, error_number);
    sys::Result<> ended;
    {
      const sys::ScopedObserver watching(failing);
      ended = scenario();
    }
    if (failing.seen < nth) {
      EXPECT_TRUE(ended) << "nothing has failed this time";
      break;
    }
    SCOPED_TRACE("call " + std::to_string(nth) + ", " + std::string(failing.failed));
    if (ended) ++survived;
    ASSERT_EQ(descriptors.change(), 0);
    ASSERT_TRUE(scenario());
  }
  EXPECT_GT(nth, 20U) << "this sweep has seen next to nothing";
  EXPECT_LT(survived, nth - 1) << "no error has ever been told";
}

// clang-format off
TEST(FaultSweep, no_econnreset_leaves_anybody_waiting_or_anything_behind) { sweep(ECONNRESET); }
TEST(FaultSweep, no_epipe_leaves_anybody_waiting_or_anything_behind) { sweep(EPIPE); }
TEST(FaultSweep, no_emfile_leaves_anybody_waiting_or_anything_behind) { sweep(EMFILE); }
TEST(FaultSweep, no_enomem_leaves_anybody_waiting_or_anything_behind) { sweep(ENOMEM); }
TEST(FaultSweep, no_enospc_leaves_anybody_waiting_or_anything_behind) { sweep(ENOSPC); }
TEST(FaultSweep, no_ebadf_leaves_anybody_waiting_or_anything_behind) { sweep(EBADF); }
TEST(FaultSweep, no_eio_leaves_anybody_waiting_or_anything_behind) { sweep(EIO); }
TEST(FaultSweep, no_eintr_leaves_anybody_waiting_or_anything_behind) { sweep(EINTR); }
// clang-format on

}  // namespace
