// An allocation sweep: the same scenario again and again, each time with another request for memory
// failing. That may end the client that met it. The server goes on, and the next client is served.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <vector>

#include "../../03_request_context/tests/allocations.hpp"
#include "async/serve_each.hpp"
#include "async/this_task.hpp"
#include "async/timeout.hpp"
#include "async/when.hpp"
#include "syscall/open_descriptors.hpp"
#include "testing.hpp"

namespace {

using async::Task;
using async::TcpListener;
using async::TcpStream;
using async::testing::pattern;
using std::chrono_literals::operator""s;

// A client that is no task, and no part of what is swept: it does without the runtime's memory.
class Client {
 public:
  explicit Client(const epoll::SocketAddress& address)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    EXPECT_EQ(::connect(fd_.get(), address.data(), address.size()), 0);
    ::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
  }
  void send(std::string_view text) const {
    (void)::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
  }
  void finish_sending() const { (void)::shutdown(fd_.get(), SHUT_WR); }
  // What has come, up to now; false once the connection is over.
  [[nodiscard]] bool receive(std::size_t& bytes) const {
    std::array<char, 4096> buffer;
    while (true) {
      const auto count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (count == 0 || (count < 0 && errno != EAGAIN)) return false;
      if (count < 0) return true;
      bytes += static_cast<std::size_t>(count);
    }
  }

 private:
  epoll::UniqueFd fd_;
};

// Reads until the client's connection is over: how many bytes came. It takes no memory itself, so that
// `fault` fails a request of the server's.
Task<std::size_t> read_to_the_end(const Client& client, allocations::FailNth& fault) {
  std::size_t bytes = 0;
  fault.arm();
  while (client.receive(bytes)) (void)co_await async::yield();
  fault.disarm();
  co_return bytes;
}

// `serve` serves `listener` until that is closed or it is cancelled.
template <class Serve>
void sweep(const Serve& serve, std::string_view request, std::size_t answer_size) {
  const sys::DescriptorWatch descriptors;
  for (std::size_t nth = 1;; ++nth) {
    SCOPED_TRACE("allocation " + std::to_string(nth));
    auto runtime = async::Runtime::create().value();
    auto listener = TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
    const auto address = *listener.local_address();
    auto server = runtime->spawn(serve(listener));
    const auto ask = [&](allocations::FailNth& fault) {
      Client client(address);
      client.send(request);
      client.finish_sending();
      return runtime->block_on(read_to_the_end(client, fault));
    };
    allocations::FailNth none(0);
    ASSERT_EQ(ask(none), answer_size);
    allocations::FailNth fault(nth);
    (void)ask(fault);
    ASSERT_FALSE(server.done());
    ASSERT_EQ(ask(none), answer_size) << "the next client is not served";
    if (!fault.has_failed()) {
      EXPECT_GT(nth, 3U) << "this sweep has seen next to nothing";
      break;
    }
  }
  EXPECT_EQ(descriptors.change(), 0);
}

Task<> echo(TcpStream stream) {
  std::array<std::byte, 1000> buffer;
  while (auto count = co_await stream.read(buffer)) {
    if (*count == 0) break;
    if (!co_await stream.write_all(std::span(buffer).first(*count))) break;
  }
}
TEST(AllocationSweep, of_an_echo_server) {
  sweep([](TcpListener& listener) { return async::serve_each(listener, echo); },
        std::string(3000, 'x'), 3000);
}

// As tcp_proxy and chat_server do it: two tasks and a group for each client.
Task<sys::Result<>> copy(TcpStream& from, TcpStream& to) {
  std::array<std::byte, 1000> buffer;
  while (true) {
    const auto count = co_await async::timeout(3600s, from.read(buffer));
    if (!count) co_return sys::failure(count.error());
    if (*count == 0) break;
    const auto sent = co_await to.write_all(std::span(buffer).first(*count));
    if (!sent) co_return sent;
  }
  co_return to.shutdown(epoll::Shutdown::write);
}
Task<> serve_and_hand_on(TcpListener& listener) {
  auto behind = TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
  const auto address = *behind.local_address();
  auto hand_on = [&address](TcpStream client) -> Task<> {
    auto server = co_await TcpStream::connect(address);
    if (!server) co_return;
    auto both = [&](async::TaskGroup& directions) -> Task<> {
      directions.spawn(copy(client, *server));
      directions.spawn(copy(*server, client));
      co_return;
    };
    (void)co_await async::with_group(both);
  };
  (void)co_await async::when_any(async::serve_each(behind, echo),
                                 async::serve_each(listener, hand_on));
}
TEST(AllocationSweep, of_a_proxy) {
  sweep(serve_and_hand_on, std::string(3000, 'x'), 3000);
}

}  // namespace
