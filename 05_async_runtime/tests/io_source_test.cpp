#include "async/io/io_source.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <optional>
#include <string>

#include "syscall/observer.hpp"
#include "testing.hpp"

namespace {

using async::Direction;
using async::IoSource;
using async::Task;
using async::testing::bytes_of;
using async::testing::stream_pair;
using async::testing::turns;

// A descriptor, and operations on it that only ask whether it is ready.
class Source {
 public:
  explicit Source(int given) : source(given) {}
  // Waits until the direction is ready.
  auto wait(Direction direction) {
    return async::io_operation<void>(source, direction, [this] {
      ++tries;
      return sys::Result<>();
    });
  }
  IoSource source;
  int tries = 0;
};

// One end of a pair is watched; what happens is done by hand at the other.
class Readiness : public ::testing::Test {
 protected:
  epoll::UniqueFd mine, theirs;
  std::optional<Source> watched;
  void SetUp() override {
    auto fds = epoll::make_socket_pair(SOCK_STREAM).value();
    mine = std::move(fds.first);
    theirs = std::move(fds.second);
    watched.emplace(mine.get());
  }
  void TearDown() override { watched.reset(); }

  void arrives(std::string_view text) const {
    const void* const from = text.data();
    ASSERT_TRUE(sys::call<::send>(theirs.get(), from, text.size(), 0));
  }
  void take_all() const {
    std::array<std::byte, 100> buffer;
    void* const into = buffer.data();
    (void)sys::call<::recv>(mine.get(), into, buffer.size(), 0);
  }
};
Task<> wait_for(Source& source, Direction direction, sys::Result<>& result, int& times) {
  result = co_await source.wait(direction);
  ++times;
}

TEST_F(Readiness, begins_as_ready_for_everything_and_without_a_system_call) {
  sys::CallCounter calls;
  const sys::ScopedObserver watching(calls);
  const Source fresh(mine.get());
  EXPECT_TRUE(fresh.source.is_ready(Direction::read));
  EXPECT_TRUE(fresh.source.is_ready(Direction::write));
  EXPECT_EQ(calls.total(), 0U);
}

Task<> wait_twice(Source& source, sys::CallCounter& calls, const std::function<void()>& arrive) {
  source.source.clear_readiness(Direction::read);
  sys::Result<> result;
  int times = 0;
  for (int round = 0; round < 2; ++round) {
    source.source.clear_readiness(Direction::read);
    auto waiting = async::spawn(wait_for(source, Direction::read, result, times));
    co_await turns(3);
    EXPECT_EQ(times, round) << "nothing has arrived yet";
    arrive();
    const auto joined = co_await waiting.join();
    EXPECT_TRUE(joined);
    EXPECT_TRUE(result);
  }
  EXPECT_EQ(times, 2);
  EXPECT_EQ(calls.of("epoll_ctl"), 1U) << calls.summary();
}
TEST_F(Readiness, is_registered_once_and_wakes_its_reader_each_time_something_arrives) {
  auto runtime = async::Runtime::create().value();
  sys::CallCounter calls;
  const sys::ScopedObserver watching(calls);
  const std::function<void()> arrive = [this] { arrives("x"); };
  runtime->block_on(wait_twice(*watched, calls, arrive));
}

Task<> reader_is_left_alone(Source& source) {
  source.source.clear_readiness(Direction::read);
  source.source.clear_readiness(Direction::write);
  sys::Result<> read, written;
  int reads = 0;
  int writes = 0;
  async::spawn(wait_for(source, Direction::read, read, reads));
  auto writer = async::spawn(wait_for(source, Direction::write, written, writes));
  const auto joined = co_await writer.join();
  EXPECT_TRUE(joined);
  co_await turns(3);
  EXPECT_EQ(writes, 1) << "there is room to write";
  EXPECT_EQ(reads, 0) << "and nothing to read";
  EXPECT_EQ(async::Runtime::here().counters().woken_for_nothing, 0U);
}
TEST_F(Readiness, wakes_the_one_whose_direction_is_ready_and_not_the_other) {
  async::block_on(reader_is_left_alone(*watched));
}

Task<> both_in_one_event(Source& source, const std::function<void()>& arrive) {
  source.source.clear_readiness(Direction::read);
  sys::Result<> read, written;
  int times = 0;
  auto reader = async::spawn(wait_for(source, Direction::read, read, times));
  co_await turns(3);  // registered, and told of the room to write
  source.source.clear_readiness(Direction::write);
  auto writer = async::spawn(wait_for(source, Direction::write, written, times));
  co_await turns(1);
  EXPECT_EQ(times, 0);
  const std::size_t woken = async::Runtime::here().counters().woken;
  arrive();  // an edge tells all that is ready: there is room to write, too
  co_await turns(2);
  EXPECT_TRUE(reader.done());
  EXPECT_TRUE(writer.done());
  EXPECT_EQ(async::Runtime::here().counters().woken, woken + 2) << "each of them is counted";
}
TEST_F(Readiness, one_event_wakes_the_reader_and_the_writer) {
  const std::function<void()> arrive = [this] { arrives("x"); };
  async::block_on(both_in_one_event(*watched, arrive));
}

Task<> remember(IoSource& source, Source& watched, const std::function<void()>& arrive) {
  // Registers it, with nobody waiting any more afterwards.
  source.clear_readiness(Direction::write);
  const auto ready = co_await watched.wait(Direction::write);
  EXPECT_TRUE(ready);
  source.clear_readiness(Direction::read);
  arrive();
  co_await turns(2);
  EXPECT_TRUE(source.is_ready(Direction::read)) << "the event came when nobody was waiting";
  watched.tries = 0;
  const auto read = co_await watched.wait(Direction::read);
  EXPECT_TRUE(read);
  EXPECT_EQ(watched.tries, 1);
}
TEST_F(Readiness, keeps_an_event_for_which_nobody_waits) {
  const std::function<void()> arrive = [this] { arrives("x"); };
  async::block_on(remember(watched->source, *watched, arrive));
}

TEST_F(Readiness, after_a_short_read_there_is_nothing_to_try) {
  watched->source.on_partial_io(Direction::read);
  EXPECT_FALSE(watched->source.is_ready(Direction::read));
  EXPECT_TRUE(watched->source.is_ready(Direction::write));
}

Task<> see_the_end(Source& watched, const std::function<void()>& end) {
  watched.source.clear_readiness(Direction::read);
  end();
  const auto read = co_await watched.wait(Direction::read);
  EXPECT_TRUE(read);
  watched.source.on_partial_io(Direction::read);
  EXPECT_TRUE(watched.source.is_ready(Direction::read)) << "the end is told only once";
}
TEST_F(Readiness, a_short_read_at_the_announced_end_leaves_the_end_to_be_read) {
  const std::function<void()> end = [this] {
    arrives("last words");
    ASSERT_TRUE(sys::call<::shutdown>(theirs.get(), static_cast<int>(SHUT_WR)));
  };
  async::block_on(see_the_end(*watched, end));
}

Task<> read_line(async::TcpStream& stream, std::string& text) {
  (void)co_await stream.read_until(text, "\n");
}

// Reads stop short at the mark, though more has come; and no event will tell of it again.
Task<> read_past_a_mark() {
  auto listener = async::TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
  auto client = co_await async::TcpStream::connect(listener.local_address().value());
  auto server = co_await listener.accept();
  EXPECT_TRUE(client && server);
  std::string text;
  auto reader = async::spawn(read_line(*server, text));
  co_await turns(3);
  EXPECT_FALSE(reader.done()) << "it waits";
  const int fd = client->socket()->fd();
  EXPECT_EQ(::send(fd, "before, ", 8, 0), 8);
  EXPECT_EQ(::send(fd, "!", 1, MSG_OOB), 1);
  EXPECT_EQ(::send(fd, "behind\n", 7, 0), 7);
  const auto read = co_await async::timeout(std::chrono::seconds(10), reader.join());
  EXPECT_TRUE(read) << read.error().message();
  EXPECT_EQ(text, "before, behind\n");
  if (!read) reader.cancel();
  (void)co_await reader.join();
}
TEST_F(Readiness, what_comes_behind_an_urgent_byte_is_read) {
  async::block_on(read_past_a_mark());
}

TEST_F(Readiness, a_broken_connection_is_ready_in_both_directions) {
  const std::function<void()> end = [this] { theirs.reset(); };
  async::block_on(see_the_end(*watched, end));
  EXPECT_TRUE(watched->source.is_ready(Direction::write));
}

Task<> second_reader(Source& source) {
  source.source.clear_readiness(Direction::read);
  sys::Result<> first;
  int times = 0;
  auto waiting = async::spawn(wait_for(source, Direction::read, first, times));
  co_await turns(2);
  const auto refused = co_await source.wait(Direction::read);
  EXPECT_EQ(refused.error(), async::Errc::already_waiting);
  EXPECT_TRUE(refused.error().message().contains("another task waits here already"));
  EXPECT_EQ(times, 0) << "the first one goes on waiting";
  const auto written = co_await source.wait(Direction::write);
  EXPECT_TRUE(written) << "a writer is welcome";
  source.source.close();
  const auto joined = co_await waiting.join();
  EXPECT_TRUE(joined);
  EXPECT_EQ(first.error(), std::errc::bad_file_descriptor);
}
TEST_F(Readiness, a_second_reader_gets_an_error_that_says_so) {
  async::block_on(second_reader(*watched));
}

Task<> second_reader_in_the_gap(Source& source, const std::function<void()>& arrive) {
  source.source.clear_readiness(Direction::read);
  sys::Result<> first, second;
  int times = 0;
  async::spawn(wait_for(source, Direction::read, first, times));
  co_await turns(2);
  arrive();
  // The event wakes the first one, who comes after us in the snapshot.
  auto intruder = async::spawn(wait_for(source, Direction::read, second, times));
  co_await turns(2);
  EXPECT_EQ(times, 2);
  EXPECT_TRUE(first) << "who waited first reads first";
}
TEST_F(Readiness, who_waited_first_is_the_reader_until_his_turn_is_over) {
  const std::function<void()> arrive = [this] { arrives("x"); };
  async::block_on(second_reader_in_the_gap(*watched, arrive));
}

Task<> named_twice(Source& source) {
  auto operation = source.wait(Direction::read);
  const auto first = co_await std::move(operation);
  EXPECT_TRUE(first);
  const auto second = co_await source.wait(Direction::read);
  EXPECT_TRUE(second) << "an operation that is over holds no place";
}
TEST_F(Readiness, an_operation_with_a_name_gives_its_place_back_when_it_is_over) {
  async::block_on(named_twice(*watched));
}

Task<> close_both(Source& source) {
  source.source.clear_readiness(Direction::read);
  source.source.clear_readiness(Direction::write);
  sys::Result<> read;
  int times = 0;
  auto reader = async::spawn(wait_for(source, Direction::read, read, times));
  co_await turns(1);
  source.source.close();
  const auto joined = co_await reader.join();
  EXPECT_TRUE(joined);
  EXPECT_EQ(read.error(), std::errc::bad_file_descriptor);
  const auto late = co_await source.wait(Direction::write);
  EXPECT_EQ(late.error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(async::Runtime::here().loop().sources(), 0U);
}
TEST_F(Readiness, closing_wakes_who_waits_and_refuses_who_comes_later) {
  async::block_on(close_both(*watched));
}

Task<> destroy_the_source(std::optional<Source>& source) {
  source->source.clear_readiness(Direction::read);
  sys::Result<> read;
  int times = 0;
  auto reader = async::spawn(wait_for(*source, Direction::read, read, times));
  co_await turns(1);
  source.reset();
  const auto joined = co_await reader.join();
  EXPECT_TRUE(joined);
  EXPECT_EQ(read.error(), std::errc::bad_file_descriptor);
}
TEST_F(Readiness, one_that_is_destroyed_wakes_who_waits_and_is_not_touched_again) {
  async::block_on(destroy_the_source(watched));
}

Task<> close_a_woken_one(std::optional<Source>& source, const std::function<void()>& arrive) {
  source->source.clear_readiness(Direction::read);
  sys::Result<> read;
  int times = 0;
  auto reader = async::spawn(wait_for(*source, Direction::read, read, times));
  co_await turns(2);
  arrive();
  // One turn: the event puts the reader behind us in the list, and we go first.
  co_await turns(1);
  source.reset();
  const auto joined = co_await reader.join();
  EXPECT_TRUE(joined);
  EXPECT_EQ(times, 1);
}
TEST_F(Readiness, one_that_is_destroyed_while_its_reader_is_ready_is_not_touched_again) {
  const std::function<void()> arrive = [this] { arrives("x"); };
  async::block_on(close_a_woken_one(watched, arrive));
}

Task<> fail_to_register(Source& source) {
  source.source.clear_readiness(Direction::read);
  const auto read = co_await source.wait(Direction::read);
  EXPECT_EQ(read.error(), std::errc::no_space_on_device);
}
TEST_F(Readiness, an_operation_whose_descriptor_cannot_be_registered_ends_with_the_reason) {
  auto runtime = async::Runtime::create().value();
  sys::FailNth failing(1, ENOSPC, "epoll_ctl");
  const sys::ScopedObserver watching(failing);
  runtime->block_on(fail_to_register(*watched));
}

Task<> park_once(Source& source) {
  source.source.clear_readiness(Direction::write);
  const auto ready = co_await source.wait(Direction::write);
  EXPECT_TRUE(ready);
}
TEST_F(Readiness, outlives_its_runtime_and_then_belongs_to_the_next) {
  async::block_on(park_once(*watched));
  async::block_on(park_once(*watched));
}

Task<> park_elsewhere(Source& source) {
  source.source.clear_readiness(Direction::write);
  const auto ready = co_await source.wait(Direction::write);
  EXPECT_EQ(ready.error(), std::errc::invalid_argument);
}
TEST_F(Readiness, cannot_be_waited_for_in_two_runtimes) {
  auto first = async::Runtime::create().value();
  auto second = async::Runtime::create().value();
  first->block_on(park_once(*watched));
  second->block_on(park_elsewhere(*watched));
}

}  // namespace
