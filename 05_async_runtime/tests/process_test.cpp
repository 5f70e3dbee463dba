#include "async/sync/process.hpp"

#include <csignal>

#include "testing.hpp"

namespace async::testing::process_test {

// -- pipes --------------------------------------------------------------------------------------

std::pair<PipeReader, PipeWriter> make_pipe() {
  auto pipe = epoll::Pipe::create().value();
  return {make_async(std::move(pipe.reader)), make_async(std::move(pipe.writer))};
}
Task<> write(PipeWriter& writer, std::string_view text) {
  EXPECT_TRUE(co_await writer.write_all(text));
}

ASYNC_TEST(Pipe, is_read_line_by_line_and_has_an_end) {
  const sys::DescriptorWatch watch;
  auto [reader, writer] = make_pipe();
  co_await write(writer, "one\ntwo\nrest");
  drop(std::move(writer));
  std::string text;
  for (const std::string_view expected : {"one\n", "two\n"}) {
    const auto size = co_await reader.read_until(text, "\n");
    EXPECT_EQ(text.substr(0, size.value_or(0)), expected);
    text.erase(0, size.value_or(0));
  }
  EXPECT_EQ((co_await reader.read_until(text, "\n")).error(), Errc::cut_short);
  EXPECT_EQ(text, "rest");
  drop(std::move(reader));
  EXPECT_EQ(watch.change(), 0);
}

ASYNC_TEST(Pipe, a_writer_waits_while_it_is_full) {
  auto [reader, writer] = make_pipe();
  const auto sent = pattern(1'000'000);
  auto writing = co_await started(writer.write_all(sent), 5);
  EXPECT_FALSE(writing.done()) << "nothing reads";
  std::vector<std::byte> received(sent.size());
  EXPECT_TRUE(co_await reader.read_exactly(received));
  EXPECT_TRUE(co_await writing.join());
  EXPECT_TRUE(received == sent);
}

ASYNC_TEST(Pipe, a_writer_that_waits_gets_an_error_when_the_reader_has_gone) {
  auto [reader, writer] = make_pipe();
  const auto bytes = pattern(1'000'000);
  auto writing = co_await started(writer.write_all(bytes), 3);
  drop(std::move(reader));
  EXPECT_EQ((co_await writing.join()).error(), std::errc::broken_pipe)
      << "and no SIGPIPE, which would end the test";
}

ASYNC_TEST(Pipe, a_cancelled_read_has_taken_no_byte) {
  auto [reader, writer] = make_pipe();
  std::array<std::byte, 64> buffer;
  auto reading = co_await started(reader.read(buffer));
  EXPECT_EQ((co_await cancelled(reading)).error(), std::errc::operation_canceled);
  co_await write(writer, "kept");
  EXPECT_EQ(co_await text_from(reader), "kept");
}

ASYNC_TEST(Pipe, closing_an_end_wakes_the_task_that_waits_there) {
  auto [reader, writer] = make_pipe();
  const auto bytes = pattern(1'000'000);
  auto writing = co_await started(writer.write_all(bytes), 3);
  writer.close();
  EXPECT_EQ((co_await writing.join()).error(), std::errc::bad_file_descriptor);

  auto other = make_pipe();
  std::array<std::byte, 64> buffer;
  auto reading = co_await started(other.first.read(buffer));
  other.first.close();
  EXPECT_EQ((co_await reading.join()).error(), std::errc::bad_file_descriptor);
}

// -- signals ------------------------------------------------------------------------------------

ASYNC_TEST(Signals, a_signal_is_something_to_wait_for) {
  auto signals = Signals::create({SIGUSR1}).value();
  ::raise(SIGUSR1);
  EXPECT_EQ(co_await signals.next(), SIGUSR1);
}

ASYNC_TEST(Signals, a_cancelled_next_has_taken_none) {
  auto signals = Signals::create({SIGUSR1, SIGUSR2}).value();
  auto waiting = co_await started(signals.next());
  EXPECT_EQ((co_await cancelled(waiting)).error(), std::errc::operation_canceled);
  ::raise(SIGUSR1);
  ::raise(SIGUSR2);
  for (const int expected : {SIGUSR1, SIGUSR2})
    EXPECT_EQ(co_await signals.next(), expected) << "it has taken none";
}

ASYNC_TEST(Signals, cancelled_in_the_turn_in_which_one_came_it_gets_the_signal) {
  auto signals = Signals::create({SIGUSR1}).value();
  auto waiting = co_await started(signals.next());
  ::raise(SIGUSR1);
  co_await turns(1);  // the event is told; the task that waits comes behind us
  EXPECT_EQ(co_await cancelled(waiting), SIGUSR1);
}

ASYNC_TEST(Signals, waiting_for_one_can_be_limited) {
  auto signals = Signals::create({SIGUSR1}).value();
  EXPECT_EQ((co_await timeout(1ms, signals.next())).error(), std::errc::timed_out);
  ::raise(SIGUSR1);
  EXPECT_EQ(co_await timeout(1h, signals.next()), SIGUSR1);
}

ASYNC_TEST(Signals, two_parts_of_a_program_are_both_notified) {
  std::optional<Signals> first = Signals::create({SIGUSR1}).value();
  auto second = Signals::create({SIGUSR1}).value();
  auto one = spawn(first->next());
  auto two = co_await started(second.next());
  ::kill(::getpid(), SIGUSR1);
  EXPECT_EQ(co_await one.join(), SIGUSR1);
  EXPECT_EQ(co_await two.join(), SIGUSR1);
  first.reset();
  ::kill(::getpid(), SIGUSR1);  // blocked still: it ends nothing
  EXPECT_EQ(co_await second.next(), SIGUSR1);
}

// -- children -----------------------------------------------------------------------------------

const std::vector<std::string> kSleeper{"sleep", "1000"};  // until it is killed

ASYNC_TEST(Child, what_is_written_to_its_input_comes_out_of_its_output) {
  epoll::SpawnOptions options;
  options.standard_input = options.standard_output = epoll::Stdio::piped;
  const std::vector<std::string> program{"cat"};
  auto child = Child::spawn(program, options).value();
  EXPECT_TRUE(co_await child.standard_input->write_all("hello"));
  child.standard_input.reset();
  std::array<std::byte, 5> buffer;
  EXPECT_TRUE(co_await child.standard_output->read_exactly(buffer));
  EXPECT_EQ(text_of(buffer), "hello");
  EXPECT_EQ(co_await child.wait(), epoll::ExitStatus::exited(0));
}

ASYNC_TEST(Child, its_standard_error_and_its_exit_status_can_be_read) {
  epoll::SpawnOptions options;
  options.standard_error = epoll::Stdio::piped;
  const std::vector<std::string> program{"sh", "-c", "echo no >&2; exit 3"};
  auto child = Child::spawn(program, options).value();
  EXPECT_FALSE(child.standard_input);
  EXPECT_FALSE(child.standard_output);
  std::string text;
  EXPECT_EQ(co_await child.standard_error->read_until(text, "\n"), 3U);
  EXPECT_EQ(text, "no\n");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(co_await child.wait(), epoll::ExitStatus::exited(3))
        << "and the same for a second wait";
  }
}

ASYNC_TEST(Child, its_number_is_the_one_that_it_has_itself) {
  epoll::SpawnOptions options;
  options.standard_output = epoll::Stdio::piped;
  const std::vector<std::string> program{"sh", "-c", "echo $$"};
  auto child = Child::spawn(program, options).value();
  std::string text;
  EXPECT_TRUE(co_await child.standard_output->read_until(text, "\n"));
  EXPECT_EQ(text, std::to_string(child.pid()) + "\n");
  EXPECT_EQ(co_await child.wait(), epoll::ExitStatus::exited(0));
}

ASYNC_TEST(Child, reports_which_signal_ended_it) {
  auto child = Child::spawn(kSleeper).value();
  EXPECT_TRUE(child.kill(SIGTERM));
  EXPECT_EQ(co_await child.wait(), epoll::ExitStatus::killed(SIGTERM));
}

ASYNC_TEST(Child, a_cancelled_wait_leaves_it_running_and_can_be_made_again) {
  auto child = Child::spawn(kSleeper).value();
  auto waiting = co_await started(child.wait());
  auto status = co_await cancelled(waiting);
  EXPECT_EQ(status.error(), std::errc::operation_canceled);
  EXPECT_EQ((co_await timeout(1ms, child.wait())).error(), std::errc::timed_out);
  EXPECT_TRUE(child.kill(SIGTERM)) << "it still runs";
  status = co_await child.wait();
  EXPECT_EQ(status, epoll::ExitStatus::killed(SIGTERM));
}

ASYNC_TEST(Child, wait_closes_its_input) {
  epoll::SpawnOptions options;
  options.standard_input = epoll::Stdio::piped;
  auto child = Child::spawn({"cat"}, options).value();
  EXPECT_EQ(co_await timeout(30s, child.wait()), epoll::ExitStatus::exited(0))
      << "cat reads to the end of its input";
  EXPECT_FALSE(child.standard_input);
}

ASYNC_TEST(Child, a_second_wait_at_the_same_time_gets_an_error_that_says_so) {
  auto child = Child::spawn(kSleeper).value();
  auto waiting = co_await started(child.wait());
  EXPECT_EQ((co_await child.wait()).error(), Errc::already_waiting);
  EXPECT_TRUE(child.kill(SIGKILL));
  EXPECT_EQ(co_await waiting.join(), epoll::ExitStatus::killed(SIGKILL));
}

ASYNC_TEST(Child, one_that_is_destroyed_wakes_the_task_that_waits_for_it) {
  const sys::DescriptorWatch watch;
  auto child = std::make_unique<Child>(Child::spawn(kSleeper).value());
  auto waiting = co_await started(child->wait());
  child.reset();  // and with it the process
  EXPECT_EQ((co_await waiting.join()).error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(watch.change(), 0);
}

TEST(Child, that_cannot_be_started_says_why) {
  const std::vector<std::string> program{"/there/is/no/such/program"};
  EXPECT_EQ(Child::spawn(program).error(), std::errc::no_such_file_or_directory);
}

}  // namespace async::testing::process_test
