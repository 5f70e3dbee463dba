// What the tests of this stage share.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "async/async.hpp"
#include "epoll/socket.hpp"
#include "syscall/observer.hpp"
#include "syscall/open_descriptors.hpp"

// A TEST whose body is a coroutine, run to its end in a runtime of its own. It fails if that leaves a
// descriptor open. Use EXPECT_ in it: ASSERT_ and FAIL return, which a coroutine cannot.
//
//   ASYNC_TEST(Event, is_set) {
//     async::Event event;
//     event.set();
//     EXPECT_TRUE(co_await event.wait());
//   }
#define ASYNC_TEST(suite, sentence)                       \
  async::Task<> suite##_##sentence();                     \
  TEST(suite, sentence) {                                 \
    async::testing::run_to_the_end(suite##_##sentence()); \
  }                                                       \
  async::Task<> suite##_##sentence()

// The same for a TEST_F: the body is a member of the fixture.
#define ASYNC_TEST_F(fixture, sentence)                    \
  class fixture##_##sentence : public fixture {            \
   protected:                                              \
    async::Task<> steps();                                 \
  };                                                       \
  GTEST_TEST_(fixture, sentence, fixture##_##sentence,     \
              ::testing::internal::GetTypeId<fixture>()) { \
    async::testing::run_to_the_end(steps());               \
  }                                                        \
  async::Task<> fixture##_##sentence::steps()

namespace async::testing {

using namespace std::chrono_literals;  // NOLINT(google-global-names-in-headers): of tests only

inline void run_to_the_end(Task<> steps) {
  const sys::DescriptorWatch watch;
  block_on(std::move(steps));
  EXPECT_LE(watch.change(), 0) << "descriptors were left open";
}

// An observer that watches this thread's calls for as long as it lives.
template <class Observer>
class Watching : public Observer {
 public:
  using Observer::Observer;

 private:
  const sys::ScopedObserver scope_{*this};
};
using WatchingCounter = Watching<sys::CallCounter>;
using WatchingFault = Watching<sys::FailNth>;

// Two connected streams in one process.
[[nodiscard]] inline std::pair<TcpStream, TcpStream> stream_pair() {
  auto fds = epoll::make_socket_pair(SOCK_STREAM).value();
  return {TcpStream(epoll::TcpStream::adopt(std::move(fds.first))),
          TcpStream(epoll::TcpStream::adopt(std::move(fds.second)))};
}
// The same as a fixture, with room to read into.
class StreamPair : public ::testing::Test {
 protected:
  StreamPair() : StreamPair(stream_pair()) {}
  TcpStream a, b;
  std::array<std::byte, 8> buffer{};

 private:
  explicit StreamPair(std::pair<TcpStream, TcpStream> ends)
      : a(std::move(ends.first)), b(std::move(ends.second)) {}
};
// A test of several kinds of a thing, one after the other: the body is a template whose `Kind` is each of
// them in turn.
#define ASYNC_TEST_EACH(suite, sentence, ...)                             \
  template <class Kind>                                                   \
  async::Task<> suite##_##sentence();                                     \
  TEST(suite, sentence) {                                                 \
    const auto run = []<class... Kinds>(std::tuple<Kinds...>*) {          \
      (async::testing::run_to_the_end(suite##_##sentence<Kinds>()), ...); \
    };                                                                    \
    run(static_cast<std::tuple<__VA_ARGS__>*>(nullptr));                  \
  }                                                                       \
  template <class Kind>                                                   \
  async::Task<> suite##_##sentence()

// At a port that the kernel chooses.
[[nodiscard]] inline TcpListener listen(
    const epoll::SocketAddress& address = epoll::SocketAddress::loopback(0)) {
  return TcpListener::bind(address).value();
}

// A client of `listener`, which need not have been accepted yet.
inline Task<TcpStream> connected_to(const TcpListener& listener) {
  const auto address = listener.local_address().value();
  auto stream = co_await TcpStream::connect(address);
  co_return std::move(stream).value();
}

// As little as the kernel allows, so that a writer has to wait after a few thousand bytes.
inline void make_tiny(TcpStream& stream) {
  const int fd = stream.socket()->fd();
  epoll::set_option(fd, SOL_SOCKET, SO_SNDBUF, 1).value();
  epoll::set_option(fd, SOL_SOCKET, SO_RCVBUF, 1).value();
}
// Until nothing more goes in.
inline void fill(TcpStream& stream) {
  const std::vector<std::byte> bytes(4096);
  while (stream.socket()->write(bytes)) continue;
}
// Bytes of which none are like their neighbours.
[[nodiscard]] inline std::vector<std::byte> pattern(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 31 + i / 256);
  return bytes;
}

[[nodiscard]] inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}
[[nodiscard]] inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
// What the next read of at most 64 bytes gives; nothing if it fails.
template <class Stream>
Task<std::string> text_from(Stream& stream) {
  std::array<std::byte, 64> buffer;
  const auto count = co_await stream.read(buffer);
  co_return text_of(std::span(buffer).first(count.value_or(0)));
}

// What the next read of at most 64 bytes takes.
inline Task<sys::Result<std::size_t>> read_once(TcpStream& stream) {
  std::array<std::byte, 64> buffer;
  co_return co_await stream.read(buffer);
}

// Over at once, and charges its task for so many bytes.
class [[nodiscard]] Charge : public Operation<> {
 public:
  explicit Charge(std::size_t bytes) noexcept : bytes_(bytes) {}

 protected:
  bool attempt() override {
    context().budget().charge(bytes_);
    result_ = {};
    return true;
  }

 private:
  std::size_t bytes_;
};
// Lets all other tasks run, `count` times: events are looked at each time.
inline Task<> turns(int count) {
  for (int i = 0; i < count; ++i) {
    (void)co_await Charge(std::numeric_limits<std::size_t>::max());
    (void)co_await Charge(0);  // in the next turn: nothing is left of this one's budget
  }
}
// Spawned, and so many turns old: what has to wait is parked by now.
template <Awaitable A>
Task<JoinHandle<AwaitResult<A>>> started(A awaitable, int count = 2) {
  auto handle = spawn(std::move(awaitable));
  co_await turns(count);
  co_return handle;
}
// The same in a runtime that the test drives by hand.
template <Awaitable A>
[[nodiscard]] auto started(Runtime& runtime, A awaitable, int count = 2) {
  auto handle = runtime.spawn(std::move(awaitable));
  runtime.block_on(turns(count));
  return handle;
}
// A task that calls `function` in its turn, and ends with what that returns.
template <class Function>
Task<std::invoke_result_t<Function&>> task_of(Function function) {
  co_return function();
}
// Tasks that end at once: with a value, with an exception, with a count, with an entry in a log.
template <class T>
Task<T> just(T value) {
  co_return value;
}
template <class T = int>
Task<T> throws(std::string what) {
  if (!what.empty()) throw std::runtime_error(what);
  co_return T();
}
inline Task<> increment(int& count) {
  ++count;
  co_return;
}
inline Task<> append(std::string& log, char name) {
  log += name;
  co_return;
}
inline Task<sys::Result<int>> refuse() {
  co_return sys::failure(EACCES);
}
// All of `bytes`, by any stream.
template <class Stream>
Task<> send(Stream& stream, std::string_view text) {
  EXPECT_TRUE(co_await stream.write_all(text));
}
// Asks the task to stop, and waits for its end.
template <class T>
Task<ResultOf<T>> cancelled(JoinHandle<T>& handle) {
  handle.cancel();
  co_return co_await handle.join();
}

// Ends its life here.
template <class T>
void drop(T) {}

// The error of a Result; none if it has a value.
template <class Result>
[[nodiscard]] std::error_code error_of(const Result& result) {
  return result ? std::error_code() : result.error();
}

// Notes in `*count` how many of its kind are alive.
class Alive {
 public:
  explicit Alive(int& count) noexcept : count_(&count) { ++*count_; }
  Alive(Alive&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  ~Alive() {
    if (count_ != nullptr) --*count_;
  }

 private:
  int* count_;
};

// Awaits; `alive` counts the frames that do.
template <Awaitable A>
Task<AwaitResult<A>> hold(int& alive, A awaitable) {
  const Alive local(alive);
  co_return co_await std::move(awaitable);
}

// An operation that does what the test says.
class Gate final : public Operation<int> {
 public:
  Gate() = default;
  using Waiter::wake;
  void open() {
    is_open = true;
    wake();
  }

  bool is_open = false;  // the next attempt succeeds
  bool can_park = true;  // ... and otherwise it parks
  bool can_stop = true;  // a request to stop ends it
  bool attempt_throws = false;
  int attempts = 0;

 private:
  bool attempt() override {
    ++attempts;
    if (attempt_throws) throw std::runtime_error("attempt");
    if (is_open) result_ = 7;
    return is_open;
  }
  bool park() override {
    if (!can_park) fail(std::make_error_code(std::errc::permission_denied));
    return can_park;
  }
  bool on_cancel() override { return can_stop && Operation::on_cancel(); }
};

// Awaits `gate` and tells how that ended.
inline Task<> pass(Gate& gate, sys::Result<int>& result, int& times) {
  result = co_await std::move(gate);
  ++times;
}
// The same as the result of a task.
inline Task<sys::Result<int>> pass(Gate& gate) {
  co_return co_await std::move(gate);
}

// The end of any operation that has a name.
template <class Operation>
Task<> end_of(Operation& operation) {
  (void)co_await std::move(operation);
}
// A task that runs for some turns after its wait, whether that was cancelled or not.
inline Task<> slow_to_stop(Gate& gate, bool& over) {
  (void)co_await std::move(gate);
  co_await turns(5);
  over = true;
}
// A chain of tasks, each of which awaits the next; the last one waits at `gate`.
inline Task<> chain(int length, Gate& gate, int& alive) {
  const Alive local(alive);
  if (length == 0) {
    (void)co_await std::move(gate);
  } else {
    co_await chain(length - 1, gate, alive);
  }
}

// The first `failing` calls of accept4 find no descriptor; notes when each of them was made.
class NoDescriptors : public sys::Observer {
 public:
  explicit NoDescriptors(std::size_t failing) : failing_(failing) {}
  int before(std::string_view name) noexcept override {
    if (name != "accept4") return 0;
    tried.push_back(Clock::now());
    return tried.size() <= failing_ ? EMFILE : 0;
  }
  void after(std::string_view, int) noexcept override {}
  std::vector<Clock::time_point> tried;

 private:
  std::size_t failing_;
};

// What `run` writes to the standard error output.
template <class Run>
[[nodiscard]] std::string errors_of(const Run& run) {
  ::testing::internal::CaptureStderr();
  run();
  return ::testing::internal::GetCapturedStderr();
}
// The message of the E that `run` throws; empty if it throws none.
template <class E = std::runtime_error, class Run>
[[nodiscard]] std::string thrown_by(const Run& run) {
  try {
    run();
  } catch (const E& error) {
    return error.what();
  }
  return {};
}
// The same for what an awaitable throws.
template <class E = std::runtime_error, Awaitable A>
Task<std::string> thrown_in(A awaitable) {
  std::string text;
  try {
    (void)co_await std::move(awaitable);
  } catch (const E& error) {
    text = error.what();
  }
  co_return text;
}

// A fixture with a runtime that the test drives by hand, and what its tasks wait at and count.
class WithRuntime : public ::testing::Test {
 protected:
  std::unique_ptr<Runtime> runtime = Runtime::create().value();
  Gate gate;
  int count = 0, alive = 0;
};
// For what is destroyed while a task waits: a pair of streams, a runtime, and a count of frames.
class LifetimeRig : public StreamPair {
 protected:
  std::unique_ptr<Runtime> runtime = Runtime::create().value();
  int alive = 0;
};

}  // namespace async::testing
