// Fault sweeps over the runtime: each scenario with each fault. Whatever fails, all come to an end, nothing is
// left behind, and the next is served.
#include "sweep.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <latch>
#include <memory>

#include "async/http/http_service.hpp"
#include "echo_rig.hpp"
#include "scratch_folder.hpp"
#include "support/site.hpp"

namespace async::testing::sweep_test {

using sweep::Kind;

// Hands on what comes, up to the end.
Task<sys::Result<>> copy(TcpStream& from, TcpStream& to) {
  std::array<std::byte, 1000> buffer;
  while (true) {
    const auto count = co_await timeout(3600s, from.read(buffer));
    if (!count) co_return sys::failure(count.error());
    if (*count == 0) co_return to.shutdown(epoll::Shutdown::write);
    const auto sent = co_await to.write_all(std::span(buffer).first(*count));
    if (!sent) co_return sent;
  }
}

Task<sys::Result<>> echo_to_one(TcpListener& listener) {
  auto incoming = listener.incoming();
  auto stream = co_await incoming.next();
  if (!stream) co_return sys::failure(stream.error());
  co_return co_await copy(*stream, *stream);
}

Task<sys::Result<>> ask(epoll::SocketAddress address) {
  auto stream = co_await TcpStream::connect(address);
  if (!stream) co_return sys::failure(stream.error());
  const auto question = pattern(3000);
  const auto sent = co_await timeout(1h, stream->write_all(question));
  if (!sent) co_return sent;
  std::vector<std::byte> answer(question.size());
  const auto received = co_await stream->read_exactly(answer);
  if (!received) co_return received;
  EXPECT_TRUE(answer == question);
  co_return stream->shutdown(epoll::Shutdown::write);
}

Task<sys::Result<>> both() {
  auto listener = TcpListener::bind(epoll::SocketAddress::loopback(0));
  if (!listener) co_return sys::failure(listener.error());
  const auto address = listener->local_address();
  if (!address) co_return sys::failure(address.error());
  auto pair = [&](TaskGroup& group) -> Task<> {  // if one fails, the other is cancelled
    group.spawn(echo_to_one(*listener));
    group.spawn(ask(*address));
    co_return;
  };
  auto done = co_await with_group(pair);
  co_return done;
}

// With a runtime of its own.
sys::Result<> echo_to_itself() {
  auto runtime = Runtime::create();
  if (!runtime) return sys::failure(runtime.error());
  try {
    return (*runtime)->block_on(both());
  } catch (const std::system_error& error) {  // the loop cannot wait; the tasks go with the runtime
    return sys::failure(error.code());
  }
}

// --- clients of a server

// Reads until the client's connection is over: how many bytes came.
Task<std::size_t> read_to_the_end(const Client& client) {
  std::size_t bytes = 0;
  while (client.count_now(bytes)) (void)co_await yield();
  co_return bytes;
}

// Waits until no thread of the pool has a job of before: one may outlive its task, with the file that it reads.
struct LastJobs {
  LastJobs() = default;
  ~LastJobs() {
    constexpr int kThreads = 4;
    const auto all = std::make_shared<std::latch>(kThreads + 1);
    for (int i = 0; i < kThreads; ++i)
      ThreadPool::shared().submit([all] { all->arrive_and_wait(); });
    all->arrive_and_wait();
  }
  LastJobs(const LastJobs&) = delete;
  LastJobs& operator=(const LastJobs&) = delete;
};

// An answer has `answer_size` bytes; nullopt: as many as the first one.
// `serve` serves `listener` until that is closed or it is cancelled.
template <class Serve>
void sweep_server(Kind kind, const Serve& serve, std::string_view request,
                  std::optional<std::size_t> answer_size) {
  const auto one_run = [&](sweep::Fault& fault) {
    const LastJobs awaited;
    auto runtime = Runtime::create().value();
    auto listener = listen();
    const auto address = *listener.local_address();
    auto server = runtime->spawn(serve(listener));
    const auto ask = [&] {
      Client client(address);
      client.send(request).finish();
      return runtime->block_on(read_to_the_end(client));
    };
    if (!answer_size) answer_size = ask();
    ASSERT_EQ(ask(), answer_size);
    std::size_t size = 0;
    fault.during([&] { size = ask(); });
    const bool may_fail = fault.has_struck() && !fault.is_harmless();
    EXPECT_TRUE(size == answer_size || may_fail) << size;
    ASSERT_FALSE(server.done());
    ASSERT_EQ(ask(), answer_size) << "the next client is not served";
  };
  EXPECT_GT(sweep::run(kind, one_run).points, 2U) << "this sweep has seen next to nothing";
}

void sweep_echo_server(Kind kind) {
  const auto serve = [](TcpListener& listener) { return serve_each(listener, echo); };
  sweep_server(kind, serve, std::string(10'000, 'x'), 10'000);
}

// As tcp_proxy does it: two tasks and a group for each client.
Task<> serve_and_hand_on(TcpListener& listener) {
  auto behind = listen();
  const auto address = *behind.local_address();
  auto hand_on = [&address](TcpStream client) -> Task<> {
    auto server = co_await TcpStream::connect(address);
    if (!server) co_return;
    auto both = [&](TaskGroup& directions) -> Task<> {
      directions.spawn(copy(client, *server));
      directions.spawn(copy(*server, client));
      co_return;
    };
    (void)co_await with_group(both);
  };
  (void)co_await when_any(serve_each(behind, echo), serve_each(listener, hand_on));
}
void sweep_proxy(Kind kind) {
  sweep_server(kind, serve_and_hand_on, std::string(10'000, 'x'), 10'000);
}

// As chat_server does it: a task that hears lines, one that tells them, and a channel between them.
Task<sys::Result<>> hear(TcpStream& stream, Sender<std::string> lines) {
  std::string text;
  while (auto size = co_await stream.read_until(text, "\n")) {
    const auto sent = co_await lines.send(text.substr(0, *size));
    if (!sent) co_return sent;
    text.erase(0, *size);
  }
  co_return {};
}
Task<sys::Result<>> tell(TcpStream& stream, Receiver<std::string>& lines) {
  while (auto line = co_await lines.receive()) {
    const auto written = co_await stream.write_all(*line);
    if (!written) co_return written;
  }
  co_return {};
}
Task<> chat(TcpStream stream) {
  auto lines = channel<std::string>(2);
  auto both = [&](TaskGroup& group) -> Task<> {
    group.spawn(hear(stream, std::move(lines.first)));
    group.spawn(tell(stream, lines.second));
    co_return;
  };
  (void)co_await with_group(both);
}
void sweep_chat(Kind kind) {
  const auto serve = [](TcpListener& listener) { return serve_each(listener, chat); };
  const std::string line = std::string(100, 'x') + '\n';
  sweep_server(kind, serve, line + line + line + line, 4 * line.size());
}

// A page, a form, a file and an upload, on one connection.
void sweep_http_service(Kind kind) {
  const ScratchFolder folder;
  const auto page = folder.file("page.txt");
  std::ofstream(page) << "a page in a file";
  // A new file's tag is longer, as it is marked as weak: then the answers would not be equally long.
  std::filesystem::last_write_time(page, std::filesystem::last_write_time(page) - 1h);
  auto site = examples::Site::with_files(folder.file("").string()).value();
  const auto serve = [&site](TcpListener& listener) -> Task<> {
    HttpService::Options options;
    options.session.ask_at_head = true;
    options.log = [](std::string_view) {};
    HttpService service([&site](Exchange& exchange) { return site.answer(exchange); }, options);
    (void)co_await service.serve(std::move(listener));
  };
  sweep_server(
      kind, serve,
      "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nform"
      "GET /files/page.txt HTTP/1.1\r\nHost: a\r\n\r\n"
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nchu\r\n2\r\nnk\r\n0\r\n\r\n"
      "POST /upload HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody",
      std::nullopt);
}

// --- one piece of work beside another task

// Works while another task of the same runtime meets the fault: until `stop`.
Task<> work_until(const bool& stop, std::size_t& times) {
  while (!stop) {
    ++times;
    (void)co_await yield();
  }
}

// Does `work` with the fault, catches what comes of it, and then does it once more.
template <class Work>
Task<> with_a_fault(sweep::Fault& fault, const Work& work) {
  std::size_t times = 0;
  bool stop = false;
  auto other = spawn(work_until(stop, times));
  bool is_whole = false;
  {
    const sweep::Fault::Exposed exposed(fault);
    try {
      is_whole = co_await work();
    } catch (const std::bad_alloc&) {
    }
  }
  const bool may_fail = fault.has_struck() && !fault.is_harmless();
  EXPECT_TRUE(is_whole || may_fail);
  const std::size_t before = times;
  is_whole = co_await work();
  EXPECT_TRUE(is_whole) << "nothing is left of the fault";
  co_await turns(2);
  EXPECT_GT(times, before) << "the other task goes on";
  stop = true;
  EXPECT_TRUE(co_await other.join());
}

template <class Work>
void sweep_work(Kind kind, const Work& work) {
  sweep::run(kind, [&](sweep::Fault& fault) { block_on(with_a_fault(fault, work)); });
}

Task<sys::Result<int>> produce(Sender<int> sender) {
  for (int i = 1; i <= 3; ++i) {
    const auto sent = co_await sender.send(i);
    if (!sent) co_return sys::failure(sent.error());
  }
  co_return 3;
}
Task<sys::Result<int>> sum_up(Receiver<int> receiver) {
  int sum = 0;
  while (auto number = co_await receiver.receive()) sum += *number;
  co_return sum;
}
Task<bool> send_and_receive() {
  auto ends = channel<int>(1);
  auto both = co_await when_all(produce(std::move(ends.first)), sum_up(std::move(ends.second)));
  co_return std::get<0>(both) == 3 && std::get<1>(both) == 6;
}

Task<bool> wait_for_timers() {
  auto limited = co_await timeout(3600s, sleep_for(1ms));
  auto late = co_await timeout(1ms, sleep_for(3600s));
  auto first = co_await select(sleep_for(3600s), sleep_for(1ms));
  Interval beats(1ms);
  auto beat = co_await beats.next();
  co_return limited && !late && first.index == 1 && beat;
}

// Another part of the program may ask to stop, and does not.
Task<bool> race_with_a_token() {
  std::stop_source source;
  auto raced = co_await stop_when(source.get_token(), sleep_for(1ms));
  co_return raced.has_value();
}

Task<bool> call_what_blocks() {
  auto job = [] { return 7; };
  auto seven = co_await spawn_blocking(job);
  co_return seven == 7;
}

Task<> answer_ok(Exchange& exchange) {
  exchange.respond(http::Response::text(200, "ok"));
  co_return;
}
// Once it serves, the request to stop takes no memory: it must not be lost.
Task<bool> serve_and_drain() {
  HttpService::Options options;
  options.log = [](std::string_view) {};
  HttpService service(answer_ok, options);
  auto listener = TcpListener::bind(epoll::SocketAddress::loopback(0));
  if (!listener) co_return false;
  auto serving = spawn(service.serve(std::move(*listener)));
  for (int i = 0; i < 3; ++i) (void)co_await yield();
  EXPECT_NO_THROW(service.drain(3600s));
  auto why = co_await serving.join();
  co_return why == std::errc::bad_file_descriptor;
}

Task<bool> run_a_child() {
  const std::vector<std::string> program{"echo", "hello"};
  epoll::SpawnOptions options;
  options.standard_output = epoll::Stdio::piped;
  auto child = Child::spawn(program, options);
  if (!child) co_return false;
  std::string text;
  auto size = co_await child->standard_output->read_until(text, "\n", 100);
  auto status = co_await child->wait();
  co_return size&& text == "hello\n" && status && status->success();
}

// Signals, datagrams and Unix streams, each once.
Task<bool> hear_a_signal() {
  auto signals = Signals::create({SIGUSR1});
  if (!signals) co_return false;
  EXPECT_EQ(::raise(SIGUSR1), 0);
  auto number = co_await signals->next();
  co_return number && *number == SIGUSR1;
}
Task<bool> send_a_datagram() {
  auto bound = epoll::UdpSocket::bind(epoll::SocketAddress::loopback(0));
  auto other_bound = epoll::UdpSocket::bind(epoll::SocketAddress::loopback(0));
  if (!bound || !other_bound) co_return false;
  const auto address = other_bound->local_address();
  if (!address) co_return false;
  UdpSocket one(std::move(*bound));
  UdpSocket other(std::move(*other_bound));
  const auto sent = co_await one.send_to(bytes_of("hello"), *address);
  if (!sent) co_return false;
  std::array<std::byte, 16> buffer;
  auto got = co_await other.receive_from(buffer);
  co_return got&& text_of(std::span(buffer).first(got->size)) == "hello";
}

// clang-format off
TEST(FaultSweep, an_echo_and_its_runtime_survive_every_error_of_every_call) { sweep::survives(Kind::error, echo_to_itself); }
TEST(FaultSweep, an_echo_server_survives_every_error_of_every_call) { sweep_echo_server(Kind::error); }
TEST(FaultSweep, a_proxy_survives_every_error_of_every_call) { sweep_proxy(Kind::error); }
TEST(FaultSweep, a_chat_survives_every_error_of_every_call) { sweep_chat(Kind::error); }
TEST(FaultSweep, an_http_service_survives_every_error_of_every_call) { sweep_http_service(Kind::error); }
TEST(FaultSweep, a_drain_survives_every_error_of_every_call) { sweep_work(Kind::error, serve_and_drain); }
TEST(FaultSweep, a_child_survives_every_error_of_every_call) { sweep_work(Kind::error, run_a_child); }
TEST(FaultSweep, a_signal_survives_every_error_of_every_call) { sweep_work(Kind::error, hear_a_signal); }
TEST(FaultSweep, a_datagram_survives_every_error_of_every_call) { sweep_work(Kind::error, send_a_datagram); }
TEST(FaultSweep, timers_survive_every_error_of_every_call) { sweep_work(Kind::error, wait_for_timers); }

TEST(ShortTransferSweep, of_an_echo_and_its_runtime) { sweep::survives(Kind::cut, echo_to_itself); }
TEST(ShortTransferSweep, of_an_echo_server) { sweep_echo_server(Kind::cut); }
TEST(ShortTransferSweep, of_a_proxy) { sweep_proxy(Kind::cut); }
TEST(ShortTransferSweep, of_a_chat) { sweep_chat(Kind::cut); }
TEST(ShortTransferSweep, of_an_http_service) { sweep_http_service(Kind::cut); }
TEST(ShortTransferSweep, of_children) { sweep_work(Kind::cut, run_a_child); }

TEST(AllocationSweep, of_an_echo_and_its_runtime) { sweep::survives(Kind::memory, echo_to_itself); }
TEST(AllocationSweep, of_an_echo_server) { sweep_echo_server(Kind::memory); }
TEST(AllocationSweep, of_a_proxy) { sweep_proxy(Kind::memory); }
TEST(AllocationSweep, of_a_chat) { sweep_chat(Kind::memory); }
TEST(AllocationSweep, of_an_http_service) { sweep_http_service(Kind::memory); }
TEST(AllocationSweep, of_a_channel) { sweep_work(Kind::memory, send_and_receive); }
TEST(AllocationSweep, of_timers_and_limits) { sweep_work(Kind::memory, wait_for_timers); }
TEST(AllocationSweep, of_a_race_with_a_stop_token) { sweep_work(Kind::memory, race_with_a_token); }
TEST(AllocationSweep, of_the_blocking_pool) { sweep_work(Kind::memory, call_what_blocks); }
TEST(AllocationSweep, of_a_drain) { sweep_work(Kind::memory, serve_and_drain); }
TEST(AllocationSweep, of_children) { sweep_work(Kind::memory, run_a_child); }
TEST(AllocationSweep, of_a_signal) { sweep_work(Kind::memory, hear_a_signal); }
TEST(AllocationSweep, of_a_datagram) { sweep_work(Kind::memory, send_a_datagram); }
// clang-format on

}  // namespace async::testing::sweep_test
