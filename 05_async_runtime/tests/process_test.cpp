#include "async/sync/process.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "syscall/open_descriptors.hpp"
#include "testing.hpp"

namespace {

using async::Child;
using async::PipeReader;
using async::PipeWriter;
using async::Signals;
using async::Task;
using async::testing::bytes_of;
using async::testing::error_of;
using async::testing::pattern;
using async::testing::text_of;
using async::testing::turns;
using namespace std::chrono_literals;

// -- pipes --------------------------------------------------------------------------------------

std::pair<PipeReader, PipeWriter> make_pipe() {
  auto pipe = epoll::Pipe::create().value();
  return {async::make_async(std::move(pipe.reader)), async::make_async(std::move(pipe.writer))};
}
Task<> write(PipeWriter& writer, std::string_view text) {
  const auto written = co_await writer.write_all(text);
  EXPECT_TRUE(written);
}
Task<> read(PipeReader& reader, std::string& text, std::error_code& error) {
  std::array<std::byte, 64> buffer;
  const auto count = co_await reader.read(buffer);
  error = error_of(count);
  if (count) text = text_of(std::span(buffer).first(*count));
}

Task<> line_by_line() {
  auto ends = make_pipe();
  std::optional<PipeWriter> writer(std::move(ends.second));
  co_await write(*writer, "one\ntwo\nrest");
  writer.reset();
  std::string text;
  for (const std::string_view expected : {"one\n", "two\n"}) {
    const auto size = co_await ends.first.read_until(text, "\n");
    EXPECT_EQ(text.substr(0, size.value_or(0)), expected);
    text.erase(0, size.value_or(0));
  }
  const auto none = co_await ends.first.read_until(text, "\n");
  EXPECT_EQ(none.error(), async::Errc::cut_short);
  EXPECT_EQ(text, "rest");
}
TEST(Pipe, is_read_line_by_line_and_has_an_end) {
  const sys::DescriptorWatch watch;
  async::block_on(line_by_line());
  EXPECT_EQ(watch.change(), 0);
}

Task<> write_all_of(PipeWriter& writer, std::span<const std::byte> bytes, sys::Result<>& result) {
  result = co_await writer.write_all(bytes);
}
Task<> larger_than_the_pipe() {
  auto [reader, writer] = make_pipe();
  const auto sent = pattern(1'000'000);
  sys::Result<> result;
  auto writing = async::spawn(write_all_of(writer, sent, result));
  co_await turns(5);
  EXPECT_FALSE(writing.done()) << "nobody reads";
  std::vector<std::byte> received(sent.size());
  const auto whole = co_await reader.read_exactly(received);
  EXPECT_TRUE(whole);
  (void)co_await writing.join();
  EXPECT_TRUE(result);
  EXPECT_TRUE(received == sent);
}
TEST(Pipe, a_writer_waits_while_it_is_full) {
  async::block_on(larger_than_the_pipe());
}

Task<> nobody_reads_any_more() {
  auto ends = make_pipe();
  std::optional<PipeReader> reader(std::move(ends.first));
  const auto bytes = pattern(1'000'000);
  sys::Result<> result;
  auto writing = async::spawn(write_all_of(ends.second, bytes, result));
  co_await turns(3);
  reader.reset();
  (void)co_await writing.join();
  EXPECT_EQ(result.error(), std::errc::broken_pipe) << "and no SIGPIPE, which would end the test";
}
TEST(Pipe, a_writer_that_waits_is_told_that_nobody_reads_any_more) {
  async::block_on(nobody_reads_any_more());
}

Task<> cancelled_read() {
  auto [reader, writer] = make_pipe();
  std::string text;
  std::error_code error;
  auto reading = async::spawn(read(reader, text, error));
  co_await turns(2);
  reading.cancel();
  (void)co_await reading.join();
  EXPECT_EQ(error, std::errc::operation_canceled);
  co_await write(writer, "kept");
  co_await read(reader, text, error);
  EXPECT_EQ(text, "kept");
}
TEST(Pipe, a_cancelled_read_has_taken_no_byte) {
  async::block_on(cancelled_read());
}

Task<> close_both() {
  auto [reader, writer] = make_pipe();
  const auto bytes = pattern(1'000'000);
  sys::Result<> written;
  auto writing = async::spawn(write_all_of(writer, bytes, written));
  co_await turns(3);
  writer.close();
  (void)co_await writing.join();
  EXPECT_EQ(written.error(), std::errc::bad_file_descriptor);

  auto other = make_pipe();
  std::string text;
  std::error_code error;
  auto reading = async::spawn(read(other.first, text, error));
  co_await turns(2);
  other.first.close();
  (void)co_await reading.join();
  EXPECT_EQ(error, std::errc::bad_file_descriptor);
}
TEST(Pipe, closing_an_end_wakes_who_waits_there) {
  async::block_on(close_both());
}

// -- signals ------------------------------------------------------------------------------------

Task<> take_signal() {
  auto signals = Signals::create({SIGUSR1}).value();
  ::raise(SIGUSR1);
  const auto number = co_await signals.next();
  EXPECT_EQ(number, SIGUSR1);
}
TEST(Signals, a_signal_is_something_to_wait_for) {
  async::block_on(take_signal());
}

Task<> next_into(Signals& signals, sys::Result<int>& number) {
  number = co_await signals.next();
}
Task<> cancelled_next() {
  auto signals = Signals::create({SIGUSR1, SIGUSR2}).value();
  sys::Result<int> number;
  auto waiting = async::spawn(next_into(signals, number));
  co_await turns(2);
  waiting.cancel();
  (void)co_await waiting.join();
  EXPECT_EQ(number.error(), std::errc::operation_canceled);
  ::raise(SIGUSR1);
  ::raise(SIGUSR2);
  for (const int expected : {SIGUSR1, SIGUSR2}) {
    number = co_await signals.next();
    EXPECT_EQ(number, expected) << "it has taken none";
  }
}
TEST(Signals, a_cancelled_next_has_taken_none) {
  async::block_on(cancelled_next());
}

Task<> next_in_the_same_turn() {
  auto signals = Signals::create({SIGUSR1}).value();
  sys::Result<int> number;
  auto waiting = async::spawn(next_into(signals, number));
  co_await turns(2);
  ::raise(SIGUSR1);
  co_await turns(1);  // the event is told; the one who waits comes behind us
  waiting.cancel();
  (void)co_await waiting.join();
  EXPECT_EQ(number, SIGUSR1);
}
TEST(Signals, cancelled_in_the_turn_in_which_one_came_it_gets_the_signal) {
  async::block_on(next_in_the_same_turn());
}

Task<> signal_in_time() {
  auto signals = Signals::create({SIGUSR1}).value();
  const auto none = co_await async::timeout(1ms, signals.next());
  EXPECT_EQ(none.error(), std::errc::timed_out);
  ::raise(SIGUSR1);
  const auto one = co_await async::timeout(1h, signals.next());
  EXPECT_EQ(one, SIGUSR1);
}
TEST(Signals, waiting_for_one_can_be_limited) {
  async::block_on(signal_in_time());
}

Task<> two_parts() {
  std::optional<Signals> first = Signals::create({SIGUSR1}).value();
  auto second = Signals::create({SIGUSR1}).value();
  sys::Result<int> of_first = 0;
  sys::Result<int> of_second = 0;
  auto one = async::spawn(next_into(*first, of_first));
  auto two = async::spawn(next_into(second, of_second));
  co_await turns(2);
  ::kill(::getpid(), SIGUSR1);
  (void)co_await one.join();
  (void)co_await two.join();
  EXPECT_EQ(of_first, SIGUSR1);
  EXPECT_EQ(of_second, SIGUSR1);
  first.reset();
  ::kill(::getpid(), SIGUSR1);  // blocked still: it ends nothing
  const auto again = co_await second.next();
  EXPECT_EQ(again, SIGUSR1);
}
TEST(Signals, two_parts_of_a_program_are_both_told) {
  async::block_on(two_parts());
}

// -- children -----------------------------------------------------------------------------------

const std::vector<std::string> kSleeper{"sleep", "1000"};  // until it is killed

Task<> through_cat() {
  epoll::SpawnOptions options;
  options.standard_input = options.standard_output = epoll::Stdio::piped;
  const std::vector<std::string> program{"cat"};
  auto child = Child::spawn(program, options).value();
  const auto written = co_await child.standard_input->write_all("hello");
  EXPECT_TRUE(written);
  child.standard_input.reset();
  std::array<std::byte, 5> buffer;
  const auto whole = co_await child.standard_output->read_exactly(buffer);
  EXPECT_TRUE(whole);
  EXPECT_EQ(text_of(buffer), "hello");
  const auto status = co_await child.wait();
  EXPECT_EQ(status, epoll::ExitStatus::exited(0));
}
TEST(Child, what_is_written_to_its_input_comes_out_of_its_output) {
  async::block_on(through_cat());
}

Task<> complaint() {
  epoll::SpawnOptions options;
  options.standard_error = epoll::Stdio::piped;
  const std::vector<std::string> program{"sh", "-c", "echo no >&2; exit 3"};
  auto child = Child::spawn(program, options).value();
  EXPECT_FALSE(child.standard_input);
  EXPECT_FALSE(child.standard_output);
  std::string text;
  const auto line = co_await child.standard_error->read_until(text, "\n");
  EXPECT_EQ(line, 3U);
  EXPECT_EQ(text, "no\n");
  for (int i = 0; i < 2; ++i) {
    const auto status = co_await child.wait();
    EXPECT_EQ(status, epoll::ExitStatus::exited(3)) << "and the same for who asks again";
  }
}
TEST(Child, its_complaints_and_its_exit_status_can_be_had) {
  async::block_on(complaint());
}

Task<> kill_it() {
  auto child = Child::spawn(kSleeper).value();
  EXPECT_TRUE(child.kill(SIGTERM));
  const auto status = co_await child.wait();
  EXPECT_EQ(status, epoll::ExitStatus::killed(SIGTERM));
}
TEST(Child, tells_which_signal_ended_it) {
  async::block_on(kill_it());
}

Task<> wait_into(Child& child, sys::Result<epoll::ExitStatus>& status) {
  status = co_await child.wait();
}
Task<> cancelled_wait() {
  auto child = Child::spawn(kSleeper).value();
  sys::Result<epoll::ExitStatus> status = sys::failure(EIO);
  auto waiting = async::spawn(wait_into(child, status));
  co_await turns(2);
  waiting.cancel();
  (void)co_await waiting.join();
  EXPECT_EQ(status.error(), std::errc::operation_canceled);
  const auto limited = co_await async::timeout(1ms, child.wait());
  EXPECT_EQ(limited.error(), std::errc::timed_out);
  EXPECT_TRUE(child.kill(SIGTERM)) << "it still runs";
  status = co_await child.wait();
  EXPECT_EQ(status, epoll::ExitStatus::killed(SIGTERM));
}
TEST(Child, a_cancelled_wait_leaves_it_running_and_can_be_made_again) {
  async::block_on(cancelled_wait());
}

Task<> wait_with_an_open_input() {
  epoll::SpawnOptions options;
  options.standard_input = epoll::Stdio::piped;
  auto child = Child::spawn({"cat"}, options).value();
  const auto status = co_await async::timeout(30s, child.wait());
  EXPECT_EQ(status, epoll::ExitStatus::exited(0)) << "cat reads to the end of its input";
  EXPECT_FALSE(child.standard_input);
}
TEST(Child, wait_closes_its_input) {
  async::block_on(wait_with_an_open_input());
}

Task<> second_wait() {
  auto child = Child::spawn(kSleeper).value();
  sys::Result<epoll::ExitStatus> status = sys::failure(EIO);
  auto waiting = async::spawn(wait_into(child, status));
  co_await turns(2);
  const auto refused = co_await child.wait();
  EXPECT_EQ(refused.error(), async::Errc::already_waiting);
  EXPECT_TRUE(child.kill(SIGKILL));
  (void)co_await waiting.join();
  EXPECT_EQ(status, epoll::ExitStatus::killed(SIGKILL));
}
TEST(Child, a_second_one_who_waits_gets_an_error_that_says_so) {
  async::block_on(second_wait());
}

Task<> destroyed_wait() {
  auto child = std::make_unique<Child>(Child::spawn(kSleeper).value());
  sys::Result<epoll::ExitStatus> status = sys::failure(EIO);
  auto waiting = async::spawn(wait_into(*child, status));
  co_await turns(2);
  child.reset();  // and with it the process
  (void)co_await waiting.join();
  EXPECT_EQ(status.error(), std::errc::bad_file_descriptor);
}
TEST(Child, one_that_is_destroyed_wakes_who_waits_for_it) {
  const sys::DescriptorWatch watch;
  async::block_on(destroyed_wait());
  EXPECT_EQ(watch.change(), 0);
}

TEST(Child, that_cannot_be_started_says_why) {
  const std::vector<std::string> program{"/there/is/no/such/program"};
  EXPECT_EQ(Child::spawn(program).error(), std::errc::no_such_file_or_directory);
}

}  // namespace
