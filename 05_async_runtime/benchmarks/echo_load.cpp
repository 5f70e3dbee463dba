// Load for an echo server: each connection sends a message, waits for it to come back, and sends the
// next one.
//
//   build/release/bin/echo_load 127.0.0.1:8080 64 64 5      connections, bytes, seconds
//
// Prints how many messages a second came back. Every byte is compared, and no message is like the one
// before it. Exit status: 0; 1 if a byte was wrong or a connection failed; 2 for a wrong command line.
#include <algorithm>
#include <cstdio>
#include <string_view>
#include <thread>
#include <vector>

#include "async/async.hpp"
#include "epoll/command_line.hpp"

namespace {

using namespace std::chrono_literals;

// Half of the connections each, so that the load is not slower than what it measures.
constexpr std::size_t kThreads = 2;
constexpr async::Duration kTimeLimit = 10s;

struct Load {
  epoll::SocketAddress address;
  std::size_t connections = 0;
  std::size_t bytes = 0;
  std::size_t seconds = 0;
};

struct Sum {
  std::size_t messages = 0;
  std::size_t failures = 0;
};

void fail(Sum& sum, const char* what, const std::string& why) {
  if (++sum.failures == 1) std::fprintf(stderr, "%s: %s\n", what, why.c_str());
}

async::Task<> converse(const Load& load, std::size_t number, async::Clock::time_point end,
                       Sum& sum) {
  auto stream = co_await async::TcpStream::connect(load.address);
  if (!stream) co_return fail(sum, "connect", stream.error().message());
  std::vector<std::byte> out(load.bytes), in(load.bytes);
  for (std::size_t round = number; async::Clock::now() < end; ++round) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(round + i * 7);
    const auto sent = co_await async::timeout(kTimeLimit, stream->write_all(out));
    if (!sent) co_return fail(sum, "send", sent.error().message());
    const auto received = co_await async::timeout(kTimeLimit, stream->read_exactly(in));
    if (!received) co_return fail(sum, "receive", received.error().message());
    if (in != out) co_return fail(sum, "compare", "what came back is not what was sent");
    ++sum.messages;
  }
}

async::Task<> run(const Load& load, std::size_t thread, Sum& sum) {
  const auto end = async::time_after(std::chrono::seconds(load.seconds));
  async::TaskGroup group(async::CancelRest::never);
  for (std::size_t i = thread; i < load.connections; i += kThreads)
    group.spawn(converse(load, i, end, sum));
  (void)co_await group.join();
}

}  // namespace

int main(int argc, char** argv) {
  Load load;
  // A socket has room for 64 KiB, so a message can be written before its echo is read.
  constexpr std::size_t kMostBytes = 64 * 1024;
  const epoll::CommandLine line(
      "Sends messages to an echo server, and prints how many came back in a second.",
      {{"HOST:PORT",
        [&load](std::string_view text) {
          const auto address = epoll::SocketAddress::parse(text);
          if (address) load.address = *address;
          return address.has_value();
        },
        "an address, no name"},
       {"CONNECTIONS", epoll::number_into<std::size_t>(load.connections, 1, 10'000), "1 to 10000"},
       {"BYTES", epoll::number_into<std::size_t>(load.bytes, 1, kMostBytes),
        "of a message, 1 to 65536"},
       {"SECONDS", epoll::number_into<std::size_t>(load.seconds, 1, 3600), "1 to 3600"}});
  if (const auto status = line.parse(argc, argv)) return *status;
  std::vector<Sum> sums(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i)
    threads.emplace_back([&, i] { async::block_on(run(load, i, sums[i])); });
  for (std::thread& thread : threads) thread.join();
  Sum total;
  for (const Sum& sum : sums) {
    total.messages += sum.messages;
    total.failures += sum.failures;
  }
  std::printf("%.0f messages a second\n",
              static_cast<double>(total.messages) / static_cast<double>(load.seconds));
  return total.failures == 0 ? 0 : 1;
}
