#include "async/io/runtime.hpp"

#include <sys/wait.h>

#include "testing.hpp"

namespace async::testing {
namespace {

Task<> sleep_and_count(int& count) {
  (void)co_await sleep_for(1ms);
  ++count;
}
TEST(Runtime, run_ends_when_the_last_task_has_ended) {
  auto runtime = Runtime::create().value();
  int count = 0;
  for (int i = 0; i < 3; ++i) runtime->spawn(sleep_and_count(count));
  EXPECT_EQ(runtime->tasks(), 3U);
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(count, 3);
  EXPECT_EQ(runtime->tasks(), 0U);
}

Task<> post_and_end(bool& told) {
  Runtime::here().handle().post([&told] { told = true; });
  co_return;
}
TEST(Runtime, run_looks_once_more_when_the_last_task_has_ended) {
  auto runtime = Runtime::create().value();
  bool told = false;
  runtime->spawn(post_and_end(told));
  ASSERT_TRUE(runtime->run());
  EXPECT_TRUE(told);
}

TEST(Runtime, run_without_tasks_returns_at_once) {
  auto runtime = Runtime::create().value();
  EXPECT_TRUE(runtime->run());
}

TEST(Runtime, can_be_run_again) {
  auto runtime = Runtime::create().value();
  int count = 0;
  for (int i = 1; i <= 3; ++i) {
    runtime->spawn(sleep_and_count(count));
    ASSERT_TRUE(runtime->run());
    EXPECT_EQ(count, i);
  }
}

Task<> nothing() {
  co_return;
}
TEST(Runtime, block_on_leaves_other_tasks_where_they_are) {
  auto runtime = Runtime::create().value();
  Gate gate;
  runtime->spawn(pass(gate));
  runtime->block_on(nothing());
  EXPECT_EQ(runtime->tasks(), 1U);
  gate.open();
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(runtime->tasks(), 0U);
}

Task<> find_itself(const Runtime*& found) {
  found = Runtime::current();
  co_return;
}
TEST(Runtime, is_the_current_one_while_it_runs_and_only_then) {
  auto runtime = Runtime::create().value();
  const Runtime* found = nullptr;
  runtime->spawn(find_itself(found));
  EXPECT_EQ(Runtime::current(), nullptr);
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(found, runtime.get());
  EXPECT_EQ(Runtime::current(), nullptr);
  EXPECT_THROW((void)Runtime::here(), std::logic_error);
}

TEST(Runtime, each_thread_has_its_own) {
  const Runtime* first = nullptr;
  const Runtime* second = nullptr;
  std::thread other([&] { block_on(find_itself(second)); });
  block_on(find_itself(first));
  other.join();
  EXPECT_NE(second, nullptr);
  EXPECT_NE(first, nullptr);
}

TEST(Runtime, an_error_of_the_wait_ends_run_with_it) {
  auto runtime = Runtime::create().value();
  Gate gate;
  runtime->spawn(pass(gate));
  sys::FailNth failing(1, EBADF, "epoll_wait");
  const sys::ScopedObserver watching(failing);
  EXPECT_EQ(runtime->run().error(), std::errc::bad_file_descriptor);
}

TEST(Runtime, an_error_of_the_wait_ends_block_on_with_an_exception) {
  auto runtime = Runtime::create().value();
  Gate gate;
  sys::FailNth failing(1, EBADF, "epoll_wait");
  const sys::ScopedObserver watching(failing);
  EXPECT_THROW(runtime->block_on(pass(gate)), std::system_error);
}

TEST(Runtime, that_cannot_be_made_says_why_and_leaks_nothing) {
  const sys::DescriptorWatch watch;
  for (std::size_t call = 1; call <= 3; ++call) {
    sys::FailNth failing(call, EMFILE);
    const sys::ScopedObserver watching(failing);
    EXPECT_EQ(Runtime::create().error(), std::errc::too_many_files_open) << call;
  }
  EXPECT_EQ(watch.change(), 0);
}

TEST(Runtime, what_is_posted_from_another_thread_runs_in_its_own) {
  auto runtime = Runtime::create().value();
  Gate gate;
  std::thread::id where;
  runtime->spawn(pass(gate));
  std::thread other([&, home = runtime->handle()] {
    home.post([&] {
      where = std::this_thread::get_id();
      gate.open();
    });
  });
  ASSERT_TRUE(runtime->run());
  other.join();
  EXPECT_EQ(where, std::this_thread::get_id());
}

// -- seeing ---------------------------------------------------------------------------------------

Task<> inner(Gate& gate) {
  (void)co_await std::move(gate);  // the line of the wait
}
constexpr unsigned kLineOfWait = __LINE__ - 2;
Task<> outer(Gate& gate) {
  co_await inner(gate);
}
constexpr unsigned kLineOfCall = __LINE__ - 2;
Task<> parent(Gate& gate) {
  spawn(outer(gate));
  Gate own;
  (void)co_await std::move(own);
}

std::string at(unsigned line) {
  return "runtime_test.cpp:" + std::to_string(line);
}

TEST(Runtime, a_dump_shows_where_each_task_waits_and_the_caller) {
  auto runtime = Runtime::create().value();
  Gate gate;
  runtime->spawn(outer(gate));
  EXPECT_TRUE(runtime->dump_tasks().contains("has not run yet")) << runtime->dump_tasks();
  runtime->run_ready(10);
  const std::string text = runtime->dump_tasks();
  EXPECT_TRUE(text.starts_with("1 task\n#1 spawned at ")) << text;
  EXPECT_TRUE(text.contains("waits at " + at(kLineOfWait))) << text;
  EXPECT_TRUE(text.contains(" (called at ")) << text;
  EXPECT_TRUE(text.contains(at(kLineOfCall) + ") for 0.0")) << text;
}

Task<> spawn_and_dump(Gate& gate, std::string& text) {
  spawn(parent(gate));
  co_await turns(3);
  text = Runtime::here().dump_tasks();
}
TEST(Runtime, a_dump_shows_children_below_the_tasks_that_spawned_them) {
  auto runtime = Runtime::create().value();
  Gate gate;
  std::string text;
  runtime->block_on(spawn_and_dump(gate, text));
  EXPECT_TRUE(text.contains("\n#1 spawned")) << text;
  EXPECT_TRUE(text.contains(": runs\n")) << text;
  EXPECT_TRUE(text.contains("\n  #2 spawned")) << text;
  EXPECT_TRUE(text.contains("\n    #3 spawned")) << text;
  // #1 is over now: its child moves up.
  const std::string later = runtime->dump_tasks();
  EXPECT_TRUE(later.contains("\n#2 spawned")) << later;
  EXPECT_TRUE(later.contains("\n  #3 spawned")) << later;
}

TEST(Runtime, a_dump_tells_which_task_was_asked_to_stop) {
  auto runtime = Runtime::create().value();
  Gate gate;
  auto handle = runtime->spawn(outer(gate));
  runtime->run_ready(10);
  handle.cancel();
  EXPECT_TRUE(runtime->dump_tasks().contains("asked to stop"));
}

Task<> read_one(TcpStream& stream) {
  std::array<std::byte, 10> buffer;
  EXPECT_EQ(co_await stream.read(buffer), 1U);
}
Task<> read_and_write(std::pair<TcpStream, TcpStream> pair) {
  auto& [a, b] = pair;
  auto reader = co_await started(read_one(a));
  EXPECT_TRUE(co_await b.write_all("x"));
  EXPECT_TRUE(co_await reader.join());
  a.close();
}
TEST(Runtime, a_trace_tells_of_descriptors_in_the_words_of_the_original) {
  auto runtime = Runtime::create().value();
  std::vector<std::string> lines;
  runtime->on_trace([&](std::string_view line) { lines.emplace_back(line); });
  auto pair = stream_pair();
  const std::string a = std::to_string(pair.first.socket()->fd());
  const std::string b = std::to_string(pair.second.socket()->fd());
  runtime->block_on(read_and_write(std::move(pair)));
  const std::vector<std::string> expected = {
      "(Reactor) add event: " + a,
      "(Reactor) wake up. nfd = 1",  // there is room to write; no task waits for that
      "(Reactor) wake up. nfd = 1",  // and now something to read
      "(Reactor) delete event: " + a, "(TcpStream) close : " + a,
      "(TcpStream) close : " + b,  // it never waited, so it was never added
  };
  EXPECT_EQ(lines, expected);
}

TEST(Runtime, counts_what_it_does) {
  auto runtime = Runtime::create().value();
  runtime->block_on(read_and_write(stream_pair()));
  const auto& counters = runtime->counters();
  EXPECT_EQ(counters.spawned, 2U);
  EXPECT_EQ(counters.woken, 1U);
  EXPECT_EQ(counters.woken_for_nothing, 0U);
  EXPECT_GE(counters.events, 1U);
  EXPECT_GE(counters.resumed, 4U);
  EXPECT_TRUE(runtime->summary().contains("woken for nothing 0")) << runtime->summary();
}

using RuntimeDeathTest = ::testing::Test;
Task<> destroy(std::unique_ptr<Runtime>& runtime) {
  runtime.reset();
  co_return;
}
TEST(RuntimeDeathTest, a_runtime_that_is_destroyed_by_its_own_task_ends_the_program_with_a_word) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        auto runtime = Runtime::create().value();
        runtime->spawn(destroy(runtime));
        (void)runtime->run();
      },
      "must not be destroyed by one of its own tasks");
}

TEST(RuntimeDeathTest, a_runtime_that_is_destroyed_by_its_own_callback_or_timer_says_so) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto by_a_callback = [] {
    auto runtime = Runtime::create().value();
    runtime->handle().post([&runtime] { runtime.reset(); });
    runtime->block_on(turns(3));
  };
  EXPECT_DEATH(by_a_callback(),
               "must not be destroyed by one of its own tasks, timers or callbacks");
  const auto by_a_timer = [] {
    auto runtime = Runtime::create().value();
    event_loop::CallbackTimer timer([&runtime] { runtime.reset(); });
    runtime->loop().timers().set(timer, Clock::now());
    runtime->block_on(turns(3));
  };
  EXPECT_DEATH(by_a_timer(), "must not be destroyed by one of its own tasks, timers or callbacks");
}

Task<> receive_one(Receiver<int> receiver, int& got) {
  const auto message = co_await receiver.receive();
  got = message.value_or(-1);
}
TEST(Runtime, a_callback_that_throws_takes_no_wake_up_along) {
  auto runtime = Runtime::create().value();
  auto [sender, receiver] = channel<int>(1);
  int got = 0;
  runtime->spawn(receive_one(std::move(receiver), got));
  runtime->block_on(turns(2));
  std::thread([&] {
    runtime->handle().post([] { throw std::runtime_error("a mistake of the program"); });
    EXPECT_TRUE(sender.try_send(7));
  }).join();
  EXPECT_THROW((void)runtime->run(), std::runtime_error);
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(got, 7);
}

// A chain of tasks, each of which awaits the next; the last one waits.
Task<> chain(int length, Event& event, int& destroyed) {
  struct Counts {
    int& count;
    ~Counts() { ++count; }
  } const counts{destroyed};
  if (length == 0) {
    (void)co_await event.wait();
  } else {
    co_await chain(length - 1, event, destroyed);
  }
}
TEST(Task, a_chain_of_two_hundred_thousand_that_waits_can_be_destroyed) {
  constexpr int kLength = 200'000;
  int destroyed = 0;
  Event event;
  {
    auto runtime = Runtime::create().value();
    runtime->spawn(chain(kLength, event, destroyed));
    runtime->block_on(turns(2));
    EXPECT_EQ(destroyed, 0);
  }
  EXPECT_EQ(destroyed, kLength + 1);
}

// -- after fork -----------------------------------------------------------------------------------

Task<> wait_for_bytes(TcpStream& stream, std::size_t& total) {
  std::array<std::byte, 8> buffer;
  while (auto count = co_await stream.read(buffer)) {
    if (*count == 0) break;
    total += *count;
  }
}
// What `body` returns in a child after fork, as its exit status.
template <class Body>
int in_a_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Fork, a_copy_that_goes_leaves_the_registrations_of_the_parent) {
  auto pair = stream_pair();
  auto runtime = Runtime::create().value();
  std::size_t total = 0;
  auto reading = runtime->spawn(wait_for_bytes(pair.first, total));
  runtime->block_on(turns(3));
  EXPECT_EQ(in_a_child([&] {
              runtime.reset();  // and with it the task that reads
              pair.first.close();
              return 0;
            }),
            0);
  const std::array<std::byte, 4> bytes{};
  ASSERT_TRUE(pair.second.socket()->write(bytes));
  pair.second.close();
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(total, 4U);
}

TEST(Fork, a_copy_refuses_to_run) {
  auto runtime = Runtime::create().value();
  EXPECT_EQ(in_a_child([&] {
              try {
                runtime->block_on(turns(1));
              } catch (const std::logic_error&) {
                return 3;
              }
              return 0;
            }),
            3);
  runtime->block_on(turns(1));
}

// A copy has none of the threads of its parent, so what only their stacks held looks lost there.
bool is_copy = false;
}  // namespace
extern "C" int __lsan_is_turned_off() {  // asked by the leak sanitizer at exit
  return is_copy ? 1 : 0;
}
namespace {
TEST(Fork, a_child_may_exit_after_its_parent_has_used_threads) {
  const auto job = [] { return 1; };
  EXPECT_EQ(block_on(spawn_blocking(job)), 1);
  const pid_t child = ::fork();
  if (child == 0) {
    is_copy = true;
    std::exit(5);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);  // or it waits for threads that it does not have
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 5);
}

}  // namespace
}  // namespace async::testing
