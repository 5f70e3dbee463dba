// What the parts of the runtime cost, each alone: time and allocations for one of them.
//
//   ./workbook bench runtime
//   build/release/bin/runtime_benchmark --benchmark_filter=spawn      apt-get install libbenchmark-dev
//
// A part alone is measured with a warm cache and trained branches; in a server it costs more.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <deque>
#include <new>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "async/async.hpp"
#include "event_loop/timer_queue.hpp"
#include "http/request_parser.hpp"

namespace {

std::size_t allocations = 0;  // by operator new below

}  // namespace

// Not inlined: g++ would see a malloc at one end and an operator delete at the other, and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace {

using benchmark::State;
using namespace std::chrono_literals;

// Runs `body(state)` in a runtime; it iterates itself. Counts allocations for one iteration.
template <class Body>
void in_runtime(State& state, Body body) {
  std::size_t before = 0;
  async::block_on([&]() -> async::Task<> {
    before = allocations;
    co_await body(state);
  }());
  state.counters["allocations"] =
      static_cast<double>(allocations - before) / static_cast<double>(state.iterations());
}

async::Task<int> seven() {
  co_return 7;
}
async::Task<> await_a_finished_task(State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(co_await seven());
}
async::Task<> spawn_and_join(State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(co_await async::spawn(seven()).join());
}
async::Task<> yield(State& state) {
  for (auto _ : state) (void)co_await async::yield();
}
async::Task<> channel_of_one_thread(State& state) {
  auto [sender, receiver] = async::channel<int>(16);
  for (auto _ : state) {
    (void)sender.try_send(1);
    benchmark::DoNotOptimize(co_await receiver.receive());
  }
}
async::Task<> timeout_that_is_not_reached(State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(co_await async::timeout(1s, seven()));
}
async::Task<> mutex_that_is_free(State& state) {
  async::Mutex mutex;
  for (auto _ : state) {
    auto lock = co_await mutex.lock();
    benchmark::DoNotOptimize(lock);
  }
}

// A message to another thread, which sleeps in epoll_wait, and one back.
async::Task<> send_back(async::Receiver<int> receiver, async::Sender<int> sender) {
  while (auto message = co_await receiver.receive()) (void)co_await sender.send(*message);
}
async::Task<> there_and_back_between_threads(State& state) {
  auto [to, there] = async::channel<int>(1);
  auto [back, from] = async::channel<int>(1);
  std::jthread other([&receiver = there, &sender = back] {
    async::block_on(send_back(std::move(receiver), std::move(sender)));
  });
  for (auto _ : state) {
    (void)co_await to.send(1);
    benchmark::DoNotOptimize(co_await from.receive());
  }
  const auto done = std::move(to);  // its end ends the other thread
}

#define BENCHMARK_IN_RUNTIME(name) \
  void run_##name(State& state) {  \
    in_runtime(state, name);       \
  }                                \
  BENCHMARK(run_##name)->Name(#name)->UseRealTime()

BENCHMARK_IN_RUNTIME(await_a_finished_task);
BENCHMARK_IN_RUNTIME(spawn_and_join);
BENCHMARK_IN_RUNTIME(yield);
BENCHMARK_IN_RUNTIME(channel_of_one_thread);
BENCHMARK_IN_RUNTIME(timeout_that_is_not_reached);
BENCHMARK_IN_RUNTIME(mutex_that_is_free);
BENCHMARK_IN_RUNTIME(there_and_back_between_threads);

struct NoTimer final : event_loop::Timer {
  void on_timeout() override {}
};

// Among a million others, due at random; it is set to a random moment, too.
void timer_set_and_cancelled(State& state) {
  event_loop::TimerQueue queue;
  std::deque<NoTimer> others(static_cast<std::size_t>(state.range(0)));
  std::mt19937_64 random(1);
  const auto now = event_loop::Clock::now();
  const auto some_time = [&] { return now + std::chrono::microseconds(random() % 60'000'000); };
  for (NoTimer& other : others) queue.set(other, some_time());
  std::vector<event_loop::Clock::time_point> moments(4096);
  for (auto& moment : moments) moment = some_time();
  NoTimer timer;
  std::size_t i = 0;
  for (auto _ : state) {
    queue.set(timer, moments[i++ % moments.size()]);
    queue.cancel(timer);
  }
}
BENCHMARK(timer_set_and_cancelled)->Arg(0)->Arg(1000)->Arg(1'000'000);

constexpr std::string_view kSmall = "GET /hello HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n";
constexpr std::string_view kBrowser =
    "GET /index.html HTTP/1.1\r\nHost: www.example.org\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: "
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
    "Connection: keep-alive\r\nCookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
    "Upgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n"
    "Sec-Fetch-Site: none\r\nSec-Fetch-User: ?1\r\nPriority: u=0, i\r\n\r\n";

void parse(State& state, std::string_view request) {
  std::string text(request);
  http::RequestParser parser;
  const auto bytes = std::as_writable_bytes(std::span(text));
  for (auto _ : state) {
    while (parser.feed(bytes).value() != http::Progress::complete) continue;
    parser.reset();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(request.size()));
}
BENCHMARK_CAPTURE(parse, a_small_request, kSmall);
BENCHMARK_CAPTURE(parse, a_request_of_a_browser, kBrowser);

}  // namespace

BENCHMARK_MAIN();
