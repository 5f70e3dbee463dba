#include "async/io/runtime.hpp"

#include <sys/wait.h>

#include "support/trace.hpp"
#include "testing.hpp"

namespace async::testing::runtime_test {

using Runtime = WithRuntime;
using Fork = WithRuntime;

Task<> sleep_and_count(int& count) {
  (void)co_await sleep_for(1ms);
  ++count;
}

TEST_F(Runtime, run_ends_when_the_last_task_has_ended) {
  for (int i = 0; i < 3; ++i) runtime->spawn(sleep_and_count(count));
  EXPECT_EQ(runtime->tasks(), 3U);
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(count, 3);
  EXPECT_EQ(runtime->tasks(), 0U);
}

TEST_F(Runtime, run_looks_once_more_when_the_last_task_has_ended) {
  bool told = false;
  runtime->spawn(task_of([&] { runtime->handle().post([&] { told = true; }); }));
  ASSERT_TRUE(runtime->run());
  EXPECT_TRUE(told);
}

TEST_F(Runtime, run_without_tasks_returns_at_once) {
  EXPECT_TRUE(runtime->run());
}

TEST_F(Runtime, can_be_run_again) {
  for (int i = 1; i <= 3; ++i) {
    runtime->spawn(sleep_and_count(count));
    ASSERT_TRUE(runtime->run());
    EXPECT_EQ(count, i);
  }
}

TEST_F(Runtime, block_on_leaves_other_tasks_where_they_are) {
  runtime->spawn(pass(gate));
  runtime->block_on(turns(0));
  EXPECT_EQ(runtime->tasks(), 1U);
  gate.open();
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(runtime->tasks(), 0U);
}

TEST_F(Runtime, is_the_current_one_while_it_runs_and_only_then) {
  EXPECT_EQ(async::Runtime::current(), nullptr);
  EXPECT_EQ(runtime->block_on(task_of(async::Runtime::current)), runtime.get());
  EXPECT_EQ(async::Runtime::current(), nullptr);
  EXPECT_THROW((void)async::Runtime::here(), std::logic_error);
}

TEST_F(Runtime, each_thread_has_its_own) {
  const async::Runtime* theirs = nullptr;
  std::thread([&] { theirs = block_on(task_of(async::Runtime::current)); }).join();
  EXPECT_NE(theirs, nullptr);
  EXPECT_NE(block_on(task_of(async::Runtime::current)), nullptr);
}

TEST_F(Runtime, an_error_of_the_wait_ends_run_with_it) {
  runtime->spawn(pass(gate));
  WatchingFault failing(1, EBADF, "epoll_wait");
  EXPECT_EQ(runtime->run().error(), std::errc::bad_file_descriptor);
}

TEST_F(Runtime, an_error_of_the_wait_ends_block_on_with_an_exception) {
  WatchingFault failing(1, EBADF, "epoll_wait");
  EXPECT_THROW(runtime->block_on(pass(gate)), std::system_error);
}

TEST_F(Runtime, that_cannot_be_made_says_why_and_leaks_nothing) {
  const sys::DescriptorWatch watch;
  for (std::size_t call = 1; call <= 3; ++call) {
    WatchingFault failing(call, EMFILE);
    EXPECT_EQ(async::Runtime::create().error(), std::errc::too_many_files_open) << call;
  }
  EXPECT_EQ(watch.change(), 0);
}

TEST_F(Runtime, what_is_posted_from_another_thread_runs_in_its_own) {
  std::thread::id where;
  runtime->spawn(pass(gate));
  const std::jthread other([&, home = runtime->handle()] {
    home.post([&] {
      where = std::this_thread::get_id();
      gate.open();
    });
  });
  ASSERT_TRUE(runtime->run());
  EXPECT_EQ(where, std::this_thread::get_id());
}

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

TEST_F(Runtime, a_dump_shows_where_each_task_waits_and_the_caller) {
  runtime->spawn(outer(gate));
  EXPECT_TRUE(runtime->dump_tasks().contains("has not run yet")) << runtime->dump_tasks();
  runtime->run_ready(10);
  const std::string text = runtime->dump_tasks();
  EXPECT_TRUE(text.starts_with("1 task\n#1 spawned at ")) << text;
  for (const auto& part :
       {"waits at " + at(kLineOfWait), std::string(" (called at "), at(kLineOfCall) + ") for 0.0"})
    EXPECT_TRUE(text.contains(part)) << text;
}

Task<std::string> spawn_and_dump(Gate& gate) {
  spawn(parent(gate));
  co_await turns(3);
  co_return async::Runtime::here().dump_tasks();
}
TEST_F(Runtime, a_dump_shows_children_below_the_tasks_that_spawned_them) {
  const auto text = runtime->block_on(spawn_and_dump(gate));
  for (const char* const part : {"\n#1 spawned", ": runs\n", "\n  #2 spawned", "\n    #3 spawned"})
    EXPECT_TRUE(text.contains(part)) << text;
  // #1 is over now: its child moves up.
  const std::string later = runtime->dump_tasks();
  for (const char* const part : {"\n#2 spawned", "\n  #3 spawned"})
    EXPECT_TRUE(later.contains(part)) << later;
}

TEST_F(Runtime, a_dump_shows_which_task_was_asked_to_stop) {
  auto handle = started(*runtime, outer(gate));
  handle.cancel();
  EXPECT_TRUE(runtime->dump_tasks().contains("asked to stop"));
}

Task<> read_and_write(std::pair<TcpStream, TcpStream> pair) {
  auto& [a, b] = pair;
  auto reader = co_await started(read_once(a));
  co_await send(b, "x");
  EXPECT_EQ(co_await reader.join(), 1U);
  a.close();
}
TEST_F(Runtime, a_trace_reports_descriptors_in_the_words_of_the_original) {
  std::vector<std::string> lines;
  runtime->on_trace(
      [&](TraceEvent event, int number) { lines.push_back(examples::trace_line(event, number)); });
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

TEST_F(Runtime, counts_what_it_does) {
  runtime->block_on(read_and_write(stream_pair()));
  const auto& counters = runtime->counters();
  EXPECT_EQ(counters.spawned, 2U);
  EXPECT_EQ(counters.woken, 1U);
  EXPECT_EQ(counters.woken_for_nothing, 0U);
  EXPECT_GE(counters.events, 1U);
  EXPECT_GE(counters.resumed, 4U);
  const std::string summary = examples::summary(*runtime);
  EXPECT_TRUE(summary.contains("woken for nothing 0")) << summary;
}

class RuntimeDeathTest : public WithRuntime {
 protected:
  // It does while it runs tasks for a few turns.
  void expect_death() {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(runtime->block_on(turns(3)),
                 "must not be destroyed by one of its own tasks, timers or callbacks");
  }
};
TEST_F(RuntimeDeathTest,
       a_runtime_that_is_destroyed_by_its_own_task_ends_the_program_with_a_message) {
  runtime->spawn(task_of([&] { runtime.reset(); }));
  expect_death();
}

TEST_F(RuntimeDeathTest, a_runtime_that_is_destroyed_by_its_own_callback_or_timer_says_so) {
  runtime->handle().post([this] { runtime.reset(); });
  expect_death();
  runtime = async::Runtime::create().value();
  event_loop::CallbackTimer timer([this] { runtime.reset(); });
  runtime->loop().timers().set(timer, Clock::now());
  expect_death();
}

TEST_F(Runtime, a_callback_that_throws_takes_no_wake_up_along) {
  auto [sender, receiver] = channel<int>(1);
  auto receiving = started(*runtime, receiver.receive());
  std::thread([&] {
    runtime->handle().post([] { throw std::runtime_error("a mistake of the program"); });
    EXPECT_TRUE(sender.try_send(7));
  }).join();
  EXPECT_THROW((void)runtime->run(), std::runtime_error);
  ASSERT_TRUE(runtime->run());
  EXPECT_TRUE(receiving.done());
  EXPECT_EQ(runtime->block_on(receiving.join()), 7);
}

TEST(Task, a_chain_of_two_hundred_thousand_that_waits_can_be_destroyed) {
  constexpr int kLength = 200'000;
  int alive = 0;
  Gate gate;
  auto runtime = async::Runtime::create().value();
  (void)started(*runtime, chain(kLength, gate, alive));
  EXPECT_EQ(alive, kLength + 1);
  runtime.reset();
  EXPECT_EQ(alive, 0);
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

TEST_F(Fork, a_copy_that_is_destroyed_leaves_the_registrations_of_the_parent) {
  auto [a, b] = stream_pair();
  auto reading = started(*runtime, read_once(a), 3);
  EXPECT_EQ(in_a_child([&] {
              runtime.reset();  // and with it the task that reads
              a.close();
              return 0;
            }),
            0);
  ASSERT_TRUE(b.socket()->write(bytes_of("four")));
  EXPECT_EQ(runtime->block_on(reading.join()), 4U);
}

TEST_F(Fork, a_socket_that_a_copy_closes_stays_registered_in_the_parent) {
  auto [a, b] = stream_pair();
  auto reading = started(*runtime, read_once(a), 3);
  EXPECT_EQ(in_a_child([&a] {
              a.close();
              return 0;
            }),
            0);
  ASSERT_TRUE(b.socket()->write(bytes_of("four")));
  EXPECT_EQ(runtime->block_on(reading.join()), 4U);
}

TEST_F(Fork, a_handle_in_a_copy_knows_when_its_runtime_is_gone) {
  const auto handle = runtime->handle();
  EXPECT_EQ(in_a_child([&] {
              runtime.reset();
              return handle.post([] {}) ? 1 : 0;
            }),
            0);
}

TEST_F(Fork, a_copy_refuses_to_run) {
  EXPECT_EQ(in_a_child([this] {
              return thrown_by<std::logic_error>([this] { runtime->block_on(turns(1)); }) != "" ? 3
                                                                                                : 0;
            }),
            3);
  runtime->block_on(turns(1));
}

// Waits in no list: what wakes it has its address.
class Bell final : public Operation<> {
 public:
  void ring() {
    has_rung_ = true;
    wake();
  }

 private:
  bool attempt() override { return has_rung_; }
  bool has_rung_ = false;
};

TEST_F(Runtime, an_operation_may_wait_in_no_list_at_all) {
  Bell bell;
  auto waiting = started(*runtime, end_of(bell));
  EXPECT_FALSE(waiting.done());
  bell.ring();
  runtime->block_on(turns(2));
  EXPECT_TRUE(waiting.done());
}

// A copy has none of the threads of its parent, so what only their stacks held looks lost there.
bool is_forked_copy = false;
extern "C" int __lsan_is_turned_off() {  // asked by the leak sanitizer at exit
  return is_forked_copy ? 1 : 0;
}
TEST_F(Fork, a_child_may_exit_after_its_parent_has_used_threads) {
  const auto job = [] { return 1; };
  EXPECT_EQ(block_on(spawn_blocking(job)), 1);
  const int status = in_a_child([] {  // or it waits for threads that it does not have
    is_forked_copy = true;
    std::exit(5);
    return 0;
  });
  EXPECT_EQ(status, 5);
}

}  // namespace async::testing::runtime_test
