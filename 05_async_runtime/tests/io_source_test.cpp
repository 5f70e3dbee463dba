#include "async/io/io_source.hpp"

#include "testing.hpp"

namespace async::testing::io_source_test {

// One end of a pair is watched, by operations that only ask whether it is ready; what happens is done
// by hand at the other.
class Readiness : public ::testing::Test {
 protected:
  Readiness() {
    auto fds = epoll::make_socket_pair(SOCK_STREAM).value();
    mine = std::move(fds.first);
    theirs = std::move(fds.second);
    source.emplace(mine.get());
  }
  void TearDown() override { source.reset(); }

  // Waits until the direction is ready.
  auto wait(Direction direction) {
    return io_operation(*source, direction, [this] {
      ++tries;
      return sys::Result<>();
    });
  }
  auto wait_to_read() {
    source->clear_readiness(Direction::read);
    return wait(Direction::read);
  }
  auto wait_to_write() {
    source->clear_readiness(Direction::write);
    return wait(Direction::write);
  }
  void arrives(std::string_view text) const {
    const void* const from = text.data();
    EXPECT_TRUE(sys::call<::send>(theirs.get(), from, text.size(), 0));
  }
  // Waits to read what `end` leaves: an end, which is told only once.
  Task<> see(std::function<void()> end) {
    source->clear_readiness(Direction::read);
    end();
    EXPECT_TRUE(co_await wait(Direction::read));
    source->on_partial_io(Direction::read);
    EXPECT_TRUE(source->is_ready(Direction::read)) << "the end is told only once";
  }
  static const auto& counters() { return Runtime::here().counters(); }

  epoll::UniqueFd mine, theirs;
  std::optional<IoSource> source;
  int tries = 0;
};

TEST_F(Readiness, begins_as_ready_for_everything_and_without_a_system_call) {
  WatchingCounter calls;
  const IoSource fresh(mine.get());
  EXPECT_TRUE(fresh.is_ready(Direction::read));
  EXPECT_TRUE(fresh.is_ready(Direction::write));
  EXPECT_EQ(calls.total(), 0U);
}

ASYNC_TEST_F(Readiness, is_registered_once_and_wakes_its_reader_each_time_something_arrives) {
  WatchingCounter calls;
  for (int round = 0; round < 2; ++round) {
    auto waiting = co_await started(wait_to_read(), 3);
    EXPECT_FALSE(waiting.done()) << "nothing has arrived yet";
    arrives("x");
    EXPECT_TRUE(co_await waiting.join());
  }
  EXPECT_EQ(calls.of("epoll_ctl"), 1U) << calls.summary();
}

ASYNC_TEST_F(Readiness, wakes_the_one_whose_direction_is_ready_and_not_the_other) {
  auto reader = spawn(wait_to_read());
  auto writer = spawn(wait_to_write());
  EXPECT_TRUE(co_await writer.join()) << "there is room to write";
  co_await turns(3);
  EXPECT_FALSE(reader.done()) << "and nothing to read";
  EXPECT_EQ(counters().woken_for_nothing, 0U);
}

ASYNC_TEST_F(Readiness, one_event_wakes_the_reader_and_the_writer) {
  auto reader = co_await started(wait_to_read(), 3);  // registered, and told of the room to write
  auto writer = co_await started(wait_to_write(), 1);
  EXPECT_FALSE(reader.done() || writer.done());
  const std::size_t woken = counters().woken;
  arrives("x");  // an edge tells all that is ready: there is room to write, too
  co_await turns(2);
  EXPECT_TRUE(reader.done());
  EXPECT_TRUE(writer.done());
  EXPECT_EQ(counters().woken, woken + 2) << "each of them is counted";
}

ASYNC_TEST_F(Readiness, keeps_an_event_for_which_no_task_waits) {
  // Registers it, with no task waiting any more afterwards.
  EXPECT_TRUE(co_await wait_to_write());
  source->clear_readiness(Direction::read);
  arrives("x");
  co_await turns(2);
  EXPECT_TRUE(source->is_ready(Direction::read)) << "the event came when no task was waiting";
  tries = 0;
  EXPECT_TRUE(co_await wait(Direction::read));
  EXPECT_EQ(tries, 1);
}

TEST_F(Readiness, after_a_short_read_there_is_nothing_to_try) {
  source->on_partial_io(Direction::read);
  EXPECT_FALSE(source->is_ready(Direction::read));
  EXPECT_TRUE(source->is_ready(Direction::write));
}

ASYNC_TEST_F(Readiness, a_short_read_at_the_announced_end_leaves_the_end_to_be_read) {
  const auto end = [this] {
    arrives("last words");
    EXPECT_TRUE(sys::call<::shutdown>(theirs.get(), static_cast<int>(SHUT_WR)));
  };
  co_await see(end);
}

// Reads stop short at the mark, though more has come; and no event will tell of it again.
ASYNC_TEST_F(Readiness, what_comes_after_an_urgent_byte_is_read) {
  auto listener = listen();
  auto client = co_await TcpStream::connect(listener.local_address().value());
  auto server = co_await listener.accept();
  EXPECT_TRUE(client && server);
  std::string text;
  auto reader = co_await started(server->read_until(text, "\n"), 3);
  EXPECT_FALSE(reader.done()) << "it waits";
  const int fd = client->socket()->fd();
  EXPECT_EQ(::send(fd, "before, ", 8, 0), 8);
  EXPECT_EQ(::send(fd, "!", 1, MSG_OOB), 1);
  EXPECT_EQ(::send(fd, "behind\n", 7, 0), 7);
  const auto read = co_await timeout(10s, reader.join());
  EXPECT_TRUE(read) << read.error().message();
  EXPECT_EQ(text, "before, behind\n");
  if (!read) (void)co_await cancelled(reader);
}

ASYNC_TEST_F(Readiness, a_broken_connection_is_ready_in_both_directions) {
  const auto end = [this] { theirs.reset(); };
  co_await see(end);
  EXPECT_TRUE(source->is_ready(Direction::write));
}

ASYNC_TEST_F(Readiness, a_second_reader_gets_an_error_that_says_so) {
  auto first = co_await started(wait_to_read());
  const auto refused = co_await wait(Direction::read);
  EXPECT_EQ(refused.error(), Errc::already_waiting);
  EXPECT_TRUE(refused.error().message().contains("another task already waits here"));
  EXPECT_FALSE(first.done()) << "the first one goes on waiting";
  EXPECT_TRUE(co_await wait(Direction::write)) << "a writer is welcome";
  source->close();
  EXPECT_EQ((co_await first.join()).error(), std::errc::bad_file_descriptor);
}

ASYNC_TEST_F(Readiness, the_task_that_waited_first_is_the_reader_until_its_turn_is_over) {
  auto first = co_await started(wait_to_read());
  arrives("x");
  // The event wakes the first one, which comes after us in the snapshot.
  auto intruder = co_await started(wait(Direction::read));
  EXPECT_TRUE(first.done() && intruder.done());
  EXPECT_TRUE(co_await first.join()) << "the task that waited first reads first";
}

ASYNC_TEST_F(Readiness, an_operation_with_a_name_gives_its_place_back_when_it_is_over) {
  auto operation = wait(Direction::read);
  EXPECT_TRUE(co_await std::move(operation));
  EXPECT_TRUE(co_await wait(Direction::read)) << "an operation that is over holds no place";
}

ASYNC_TEST_F(Readiness, closing_wakes_the_task_that_waits_and_refuses_later_ones) {
  source->clear_readiness(Direction::write);
  auto reader = co_await started(wait_to_read(), 1);
  source->close();
  EXPECT_EQ((co_await reader.join()).error(), std::errc::bad_file_descriptor);
  EXPECT_EQ((co_await wait(Direction::write)).error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(Runtime::here().loop().sources(), 0U);
}

ASYNC_TEST_F(Readiness, one_that_is_destroyed_wakes_the_task_that_waits_and_is_not_touched_again) {
  auto reader = co_await started(wait_to_read(), 1);
  source.reset();
  arrives("x");  // an event of the descriptor, which is still open
  co_await turns(2);
  EXPECT_EQ((co_await reader.join()).error(), std::errc::bad_file_descriptor);
}

ASYNC_TEST_F(Readiness, one_that_is_destroyed_while_its_reader_is_ready_is_not_touched_again) {
  auto reader = co_await started(wait_to_read());
  arrives("x");
  // One turn: the event puts the reader behind us in the list, and we go first.
  co_await turns(1);
  source.reset();
  (void)co_await reader.join();
  EXPECT_TRUE(reader.done());
}

TEST_F(Readiness, an_operation_whose_descriptor_cannot_be_registered_ends_with_the_reason) {
  auto runtime = Runtime::create().value();
  WatchingFault failing(1, ENOSPC, "epoll_ctl");
  EXPECT_EQ(runtime->block_on(wait_to_read()).error(), std::errc::no_space_on_device);
}

TEST_F(Readiness, outlives_its_runtime_and_then_belongs_to_the_next) {
  EXPECT_TRUE(block_on(wait_to_write()));
  EXPECT_TRUE(block_on(wait_to_write()));
}

TEST_F(Readiness, cannot_be_waited_for_in_two_runtimes) {
  auto first = Runtime::create().value();
  auto second = Runtime::create().value();
  EXPECT_TRUE(first->block_on(wait_to_write()));
  EXPECT_EQ(second->block_on(wait_to_write()).error(), std::errc::invalid_argument);
}

}  // namespace async::testing::io_source_test
