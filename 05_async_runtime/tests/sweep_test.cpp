// Sweeps: the same scenario again and again, each time with another system call, or another request for
// memory, failing. Whatever fails, all come to an end, nothing is left behind, and the next is served.
#include <sys/wait.h>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "../../02_epoll_module/tests/scratch_folder.hpp"
#include "../../04_event_loop/tests/fail_nth_but_close.hpp"
#include "allocations.hpp"
#include "async/http/http_service.hpp"
#include "echo_rig.hpp"
#include "support/site.hpp"

namespace async::testing::sweep_test {

using event_loop::testing::FailNthButClose;

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
  TaskGroup group;  // if one fails, the other is cancelled: no task waits for ever
  group.spawn(echo_to_one(*listener));
  group.spawn(ask(*address));
  co_return co_await group.join();
}

sys::Result<> scenario() {
  auto runtime = Runtime::create();
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
TEST(FaultSweep, no_econnreset_leaves_a_task_waiting_or_anything_behind) { sweep(ECONNRESET); }
TEST(FaultSweep, no_epipe_leaves_a_task_waiting_or_anything_behind) { sweep(EPIPE); }
TEST(FaultSweep, no_emfile_leaves_a_task_waiting_or_anything_behind) { sweep(EMFILE); }
TEST(FaultSweep, no_enomem_leaves_a_task_waiting_or_anything_behind) { sweep(ENOMEM); }
TEST(FaultSweep, no_enospc_leaves_a_task_waiting_or_anything_behind) { sweep(ENOSPC); }
TEST(FaultSweep, no_ebadf_leaves_a_task_waiting_or_anything_behind) { sweep(EBADF); }
TEST(FaultSweep, no_eio_leaves_a_task_waiting_or_anything_behind) { sweep(EIO); }
TEST(FaultSweep, no_eintr_leaves_a_task_waiting_or_anything_behind) { sweep(EINTR); }
// clang-format on

// Reads until the client's connection is over: how many bytes came. It takes no memory itself, so that
// `fault` fails a request of the server's.
Task<std::size_t> read_to_the_end(const Client& client, allocations::FailNth& fault) {
  std::size_t bytes = 0;
  fault.arm();
  while (client.count_now(bytes)) (void)co_await yield();
  fault.disarm();
  co_return bytes;
}

// An answer has `answer_size` bytes; nullopt: as many as the first one.
// `serve` serves `listener` until that is closed or it is cancelled.
template <class Serve>
void sweep(const Serve& serve, std::string_view request, std::optional<std::size_t> answer_size) {
  const sys::DescriptorWatch descriptors;
  for (std::size_t nth = 1;; ++nth) {
    SCOPED_TRACE("allocation " + std::to_string(nth));
    auto runtime = Runtime::create().value();
    auto listener = listen();
    const auto address = *listener.local_address();
    auto server = runtime->spawn(serve(listener));
    const auto ask = [&](allocations::FailNth& fault) {
      Client client(address);
      client.send(request).finish();
      return runtime->block_on(read_to_the_end(client, fault));
    };
    allocations::FailNth none(0);
    if (!answer_size) answer_size = ask(none);
    ASSERT_EQ(ask(none), answer_size);
    allocations::FailNth fault(nth);
    (void)ask(fault);
    ASSERT_FALSE(server.done());
    ASSERT_EQ(ask(none), answer_size) << "the next client is not served";
    if (!fault.has_failed()) {
      EXPECT_GT(nth, 3U) << "this sweep has seen next to nothing";
      std::printf("%zu runs\n", nth);
      break;
    }
  }
  EXPECT_EQ(descriptors.change(), 0);
}

TEST(AllocationSweep, of_an_echo_server) {
  sweep([](TcpListener& listener) { return serve_each(listener, echo); }, std::string(10'000, 'x'),
        10'000);
}

// As tcp_proxy and chat_server do it: two tasks and a group for each client.
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
TEST(AllocationSweep, of_a_proxy) {
  sweep(serve_and_hand_on, std::string(10'000, 'x'), 10'000);
}

// A page, a form, a file and an upload, on one connection.
TEST(AllocationSweep, of_an_http_service) {
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
  sweep(serve,
        "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nform"
        "GET /files/page.txt HTTP/1.1\r\nHost: a\r\n\r\n"
        "POST /upload HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody",
        std::nullopt);
}

// Works while another task of the same runtime is short of memory: until `stop`.
Task<> work_until(const bool& stop, std::size_t& times) {
  while (!stop) {
    ++times;
    (void)co_await yield();
  }
}

// Does without the `nth` request of `work`, catches what comes of it, and then does it once more.
// Whether one has failed.
template <class Work>
Task<bool> with_a_want_of_memory(std::size_t nth, const Work& work) {
  std::size_t times = 0;
  bool stop = false;
  auto other = spawn(work_until(stop, times));
  allocations::FailNth fault(nth);
  bool is_whole = false;
  fault.arm();
  try {
    is_whole = co_await work();
  } catch (const std::bad_alloc&) {
  }
  fault.disarm();
  EXPECT_TRUE(is_whole || fault.has_failed());
  const std::size_t before = times;
  is_whole = co_await work();
  EXPECT_TRUE(is_whole) << "nothing is left of the want of memory";
  co_await turns(2);
  EXPECT_GT(times, before) << "the other task goes on";
  stop = true;
  EXPECT_TRUE(co_await other.join());
  co_return fault.has_failed();
}

template <class Work>
void sweep_work(const Work& work) {
  const sys::DescriptorWatch descriptors;
  bool has_failed = true;
  std::size_t runs = 0;
  for (; has_failed; ++runs) {
    SCOPED_TRACE("allocation " + std::to_string(runs + 1));
    has_failed = block_on(with_a_want_of_memory(runs + 1, work));
  }
  std::printf("%zu runs\n", runs);
  EXPECT_GT(runs, 5U) << "this sweep has seen next to nothing";
  EXPECT_EQ(descriptors.change(), 0);
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
TEST(AllocationSweep, of_a_channel) {
  sweep_work(send_and_receive);
}

Task<bool> wait_for_timers() {
  auto limited = co_await timeout(3600s, sleep_for(1ms));
  auto late = co_await timeout(1ms, sleep_for(3600s));
  auto first = co_await select(sleep_for(3600s), sleep_for(1ms));
  Interval beats(1ms);
  auto beat = co_await beats.next();
  co_return limited && !late && first.index == 1 && beat;
}
TEST(AllocationSweep, of_timers_and_limits) {
  sweep_work(wait_for_timers);
}

// Another part of the program may ask to stop, and does not.
Task<bool> race_with_a_token() {
  std::stop_source source;
  auto raced = co_await stop_when(source.get_token(), sleep_for(1ms));
  co_return raced.has_value();
}
TEST(AllocationSweep, of_a_race_with_a_stop_token) {
  sweep_work(race_with_a_token);
}

Task<bool> call_what_blocks() {
  auto job = [] { return 7; };
  auto seven = co_await spawn_blocking(job);
  co_return seven == 7;
}
TEST(AllocationSweep, of_the_blocking_pool) {
  sweep_work(call_what_blocks);
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
  auto listener = listen();
  auto serving = spawn(service.serve(std::move(listener)));
  for (int i = 0; i < 3; ++i) (void)co_await yield();
  EXPECT_NO_THROW(service.drain(3600s));
  auto why = co_await serving.join();
  co_return why == std::errc::bad_file_descriptor;
}
TEST(AllocationSweep, of_a_drain) {
  sweep_work(serve_and_drain);
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
TEST(AllocationSweep, of_children) {
  sweep_work(run_a_child);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace async::testing::sweep_test
