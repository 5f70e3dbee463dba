// What the prototype promises, and what AddressSanitizer has to say of it. No part of the tests of step 05:
// many containers forbid io_uring.
//
//   cmake --preset debug && cmake --build --preset debug --target uring_test
//   build/debug/tests/uring_test
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <string_view>
#include <thread>

#include "async/async.hpp"
#include "uring/socket.hpp"

namespace uring {
namespace {

using namespace std::chrono_literals;

class Uring : public ::testing::Test {
 protected:
  struct Ends {
    epoll::UniqueFd ours, theirs;
  };
  static Ends connected() {
    std::array<int, 2> ends;
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    return {epoll::UniqueFd(ends[0]), epoll::UniqueFd(ends[1])};
  }
  static void send(const epoll::UniqueFd& fd, std::string_view text) {
    EXPECT_EQ(::send(fd.get(), text.data(), text.size(), 0), ssize_t(text.size()));
  }
  static std::string receive(const epoll::UniqueFd& fd, std::size_t most, int flags = 0) {
    std::string text(most, '\0');
    const ssize_t count = ::recv(fd.get(), text.data(), most, flags);
    text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return text;
  }
  static std::string text_of(const Buffer& buffer) {
    const auto bytes = buffer.bytes();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  // The kernel is asked at least once before it returns.
  static async::Task<> turn_of_the_ring() { (void)co_await async::sleep_for(1ms); }
  // Until what is sent at this end finds no room.
  static async::Task<> filled(int fd) {
    pollfd room{fd, POLLOUT, 0};
    while (::poll(&room, 1, 0) != 0) co_await turn_of_the_ring();
  }
  static async::Task<> echo(Stream stream) {
    while (auto buffer = co_await stream.read()) {
      if (buffer->bytes().empty()) break;
      if (!co_await stream.write_all(std::move(*buffer))) break;
    }
  }
  static async::Task<sys::Result<std::string>> read_text(Stream& stream) {
    auto buffer = co_await stream.read();
    if (!buffer) co_return sys::failure(buffer.error());
    co_return text_of(*buffer);
  }

  std::unique_ptr<Runtime> runtime_ = Runtime::create().value();
};

TEST_F(Uring, echoes_to_the_end_of_the_stream) {
  Ends ends = connected();
  send(ends.theirs, "hello");
  ::shutdown(ends.theirs.get(), SHUT_WR);
  auto body = [](epoll::UniqueFd fd) -> async::Task<> {
    Stream stream(std::move(fd));
    co_await echo(std::move(stream));
  };
  runtime_->block_on(body(std::move(ends.ours)));
  EXPECT_EQ(receive(ends.theirs, 100), "hello");
  EXPECT_EQ(receive(ends.theirs, 100), "");
  EXPECT_EQ(runtime_->free_buffers(), Runtime::kBuffers);
}

TEST_F(Uring, accepts_clients_and_serves_each_in_a_task) {
  auto bound = epoll::TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
  const auto address = bound.local_address().value();
  const auto client = [&address] {
    const epoll::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(fd.get(), address.data(), address.size()), 0);
    for (int i = 0; i < 100; ++i) {
      send(fd, "a message");
      EXPECT_EQ(receive(fd, 9, MSG_WAITALL), "a message");
    }
  };
  constexpr int kClients = 8;
  auto serve = [](epoll::TcpListener of) -> async::Task<> {
    Listener listener(std::move(of));
    async::TaskGroup clients;
    for (int i = 0; i < kClients; ++i)
      clients.spawn(echo(Stream((co_await listener.accept()).value())));
    (void)co_await clients.join();
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < kClients; ++i) threads.emplace_back(client);
  runtime_->block_on(serve(std::move(bound)));
}

TEST_F(Uring, bytes_for_which_a_cancelled_read_has_waited_come_with_the_next_one) {
  auto body = [](Ends ends) -> async::Task<> {
    Stream stream(std::move(ends.ours));
    auto reading = async::spawn(read_text(stream));
    co_await turn_of_the_ring();
    reading.cancel();
    const auto cancelled = co_await reading.join();
    EXPECT_EQ(sys::error_of(cancelled), std::errc::operation_canceled);
    send(ends.theirs, "late");
    co_await turn_of_the_ring();  // it comes when no task waits for it
    send(ends.theirs, "later");
    const auto text = co_await read_text(stream);
    EXPECT_EQ(text, "late");
  };
  runtime_->block_on(body(connected()));
}

TEST_F(Uring, a_read_has_a_limit_as_any_operation) {
  auto body = [](Ends ends) -> async::Task<> {
    Stream stream(std::move(ends.ours));
    const auto read = co_await async::timeout(1ms, read_text(stream));
    EXPECT_EQ(sys::error_of(read), std::errc::timed_out);
  };
  runtime_->block_on(body(connected()));
}

TEST_F(Uring, a_read_for_which_no_buffer_is_left_waits_until_one_is_given_back) {
  auto body = [](Runtime& runtime, Ends ends, Ends others) -> async::Task<> {
    Stream stream(std::move(ends.ours));
    std::vector<Buffer> lent;
    while (runtime.free_buffers() != 0) {
      send(ends.theirs, "x");
      lent.push_back((co_await stream.read()).value());
    }
    send(ends.theirs, "hello");
    auto reading = async::spawn(read_text(stream));
    {
      Stream closed(std::move(others.ours));
      send(others.theirs, "for a stream that is closed meanwhile");
      auto second = async::spawn(read_text(closed));
      co_await turn_of_the_ring();
      EXPECT_FALSE(reading.done());
      EXPECT_FALSE(second.done());
    }
    lent.pop_back();
    const auto text = co_await reading.join();
    EXPECT_EQ(text, "hello");
  };
  runtime_->block_on(body(*runtime_, connected(), connected()));
  EXPECT_EQ(runtime_->free_buffers(), Runtime::kBuffers);
}

TEST_F(Uring, a_cancelled_write_ends_with_what_the_kernel_has_sent) {
  std::size_t written = 0;
  Ends ends = connected();
  const int least = 1;
  ::setsockopt(ends.ours.get(), SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
  auto write_until_cancelled = [](Stream& stream, Stream& source,
                                  std::size_t& sum) -> async::Task<std::error_code> {
    while (true) {
      auto buffer = co_await source.read();
      const std::size_t size = buffer.value().bytes().size();
      const auto count = co_await stream.write_all(std::move(*buffer));
      if (!count) co_return count.error();
      sum += *count;
      if (*count < size) co_return std::error_code();
    }
  };
  auto body = [&](Runtime& runtime, epoll::UniqueFd ours) -> async::Task<> {
    Ends of_source = connected();
    const int fd = ours.get();
    Stream stream(std::move(ours));
    Stream source(std::move(of_source.ours));
    for (int i = 0; i < 10; ++i) send(of_source.theirs, std::string(4096, 'x'));
    auto writing = async::spawn(write_until_cancelled(stream, source, written));
    co_await filled(fd);
    while (runtime.free_buffers() == Runtime::kBuffers) co_await turn_of_the_ring();
    co_await turn_of_the_ring();  // now the kernel sends out of that buffer
    EXPECT_FALSE(writing.done());
    writing.cancel();
    (void)co_await writing.join();
    EXPECT_EQ(runtime.free_buffers(), Runtime::kBuffers);
  };
  runtime_->block_on(body(*runtime_, std::move(ends.ours)));
  std::size_t received = 0;
  while (const std::size_t count = receive(ends.theirs, 65536).size()) received += count;
  EXPECT_EQ(received, written);
}

TEST_F(Uring, tasks_that_are_destroyed_while_they_wait_leave_nothing_to_the_kernel) {
  Ends reads = connected();
  Ends writes = connected();
  auto fill = [](epoll::UniqueFd fd, epoll::UniqueFd from) -> async::Task<> {
    Stream stream(std::move(fd));
    Stream source(std::move(from));
    while (auto buffer = co_await source.read())
      (void)co_await stream.write_all(std::move(*buffer));
  };
  const int least = 1;
  ::setsockopt(writes.ours.get(), SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
  Ends source = connected();
  for (int i = 0; i < 10; ++i) send(source.theirs, std::string(4096, 'x'));
  {
    auto spawn_both = [&](epoll::UniqueFd ours, epoll::UniqueFd out,
                          epoll::UniqueFd in) -> async::Task<> {
      const int fd = out.get();
      async::spawn(echo(Stream(std::move(ours))));
      async::spawn(fill(std::move(out), std::move(in)));
      co_await filled(fd);
    };
    runtime_->block_on(
        spawn_both(std::move(reads.ours), std::move(writes.ours), std::move(source.ours)));
  }
  EXPECT_EQ(runtime_->tasks(), 2U);
  runtime_.reset();
  EXPECT_EQ(receive(reads.theirs, 1), "");  // it is closed, and so is the other one
  EXPECT_NE(receive(writes.theirs, 65536), "");
}

TEST_F(Uring, a_callback_that_another_thread_has_posted_ends_a_wait) {
  bool ran = false;
  auto body = [](Runtime& runtime, bool& done) -> async::Task<> {
    async::Event posted;
    std::jthread other([handle = runtime.handle(), &posted, &done] {
      handle.post([&] {
        done = true;
        posted.set();
      });
    });
    (void)co_await posted.wait();
  };
  runtime_->block_on(body(*runtime_, ran));
  EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace uring
