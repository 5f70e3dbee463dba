#include "epoll/pipe.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <array>

#include "event_source.hpp"
#include "signal_state.hpp"

namespace {

using epoll::Interest;
using epoll::Pipe;
using epoll::Trigger;
using event_source::bytes_of;
using event_source::text_of;
using event_source::Watched;

constexpr std::size_t kPage = 4096;

// A pipe that holds one page: F_SETPIPE_SZ rounds up to that [fcntl(2)].
Pipe small_pipe() {
  auto pipe = Pipe::create().value();
  EXPECT_EQ(::fcntl(pipe.writer.fd(), F_SETPIPE_SZ, 1), static_cast<int>(kPage));
  return pipe;
}

std::string read_some(epoll::PipeReader& reader, std::size_t limit = kPage) {
  std::vector<std::byte> buffer(limit);
  const std::size_t count = reader.read(buffer).value();
  return text_of(std::span(buffer).first(count));
}

// This thread blocks SIGPIPE by itself while this lives.
class SigpipeBlocked {
 public:
  SigpipeBlocked() { change(SIG_BLOCK); }
  ~SigpipeBlocked() { change(SIG_UNBLOCK); }
  SigpipeBlocked(const SigpipeBlocked&) = delete;
  SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;

 private:
  static void change(int how) {
    sigset_t set{};
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(how, &set, nullptr);
  }
};

TEST(Pipe, what_is_written_comes_out_at_the_other_end) {
  auto pipe = Pipe::create().value();
  EXPECT_EQ(pipe.writer.write(bytes_of("hello")).value(), 5u);
  EXPECT_EQ(read_some(pipe.reader, 2), "he");
  EXPECT_EQ(read_some(pipe.reader), "llo");
}

TEST(Pipe, the_reader_is_readable_while_there_are_bytes) {
  auto pipe = Pipe::create().value();
  std::array<std::byte, 8> buffer;
  Watched level(pipe.reader.fd(), Interest::read(), Trigger::level);
  Watched edge(pipe.reader.fd(), Interest::read(), Trigger::edge);
  EXPECT_FALSE(level.is_ready());
  EXPECT_TRUE(sys::would_block(pipe.reader.read(buffer).error()));

  ASSERT_TRUE(pipe.writer.write(bytes_of("a")));
  EXPECT_TRUE(level.now()->is_readable());
  EXPECT_TRUE(level.is_ready());
  EXPECT_TRUE(edge.is_ready());
  EXPECT_FALSE(edge.is_ready());

  EXPECT_EQ(read_some(pipe.reader), "a");
  EXPECT_FALSE(level.is_ready());
}

TEST(Pipe, the_writer_is_writable_while_there_is_room) {
  auto pipe = small_pipe();
  Watched level(pipe.writer.fd(), Interest::write(), Trigger::level);
  Watched edge(pipe.writer.fd(), Interest::write(), Trigger::edge);
  EXPECT_TRUE(level.now()->is_writable());
  EXPECT_TRUE(edge.is_ready());
  EXPECT_FALSE(edge.is_ready());

  EXPECT_EQ(pipe.writer.write(bytes_of(std::string(kPage, 'x'))).value(), kPage);
  EXPECT_FALSE(level.is_ready());
  EXPECT_TRUE(sys::would_block(pipe.writer.write(bytes_of("y")).error()));

  EXPECT_EQ(read_some(pipe.reader).size(), kPage);
  EXPECT_TRUE(level.is_ready());
  EXPECT_TRUE(edge.is_ready());
}

TEST(Pipe, a_long_write_takes_what_there_is_room_for) {
  auto pipe = small_pipe();
  EXPECT_EQ(pipe.writer.write(bytes_of(std::string(3 * kPage, 'x'))).value(), kPage);
}

TEST(Pipe, a_short_write_is_taken_whole_or_not_at_all) {
  auto pipe = small_pipe();
  EXPECT_EQ(pipe.writer.write(bytes_of(std::string(kPage - 10, 'x'))).value(), kPage - 10);
  EXPECT_TRUE(sys::would_block(pipe.writer.write(bytes_of(std::string(20, 'y'))).error()));
}

TEST(Pipe, the_end_comes_after_the_last_byte_when_every_writer_is_gone) {
  auto pipe = Pipe::create().value();
  Watched watched(pipe.reader.fd());
  ASSERT_TRUE(pipe.writer.write(bytes_of("bye")));
  pipe.writer.close();
  EXPECT_TRUE(watched.now()->is_hangup());
  EXPECT_EQ(read_some(pipe.reader), "bye");
  EXPECT_EQ(read_some(pipe.reader), "");
  EXPECT_TRUE(watched.is_ready());  // level: the end stays
}

TEST(Pipe, the_writer_gets_an_error_event_when_every_reader_is_gone) {
  auto pipe = Pipe::create().value();
  Watched watched(pipe.writer.fd(), Interest::none());
  EXPECT_FALSE(watched.is_ready());
  pipe.reader.close();
  EXPECT_TRUE(watched.now()->is_error());
}

TEST(Pipe, writing_without_a_reader_is_epipe_and_does_not_end_the_process) {
  auto pipe = Pipe::create().value();
  pipe.reader.close();
  EXPECT_EQ(pipe.writer.write(bytes_of("a")).error(), std::errc::broken_pipe);
  // Neither now nor later: nothing of it is left in the thread.
  EXPECT_FALSE(is_pending(SIGPIPE));
  EXPECT_FALSE(is_blocked(SIGPIPE));
}

TEST(Pipe, writing_without_a_reader_runs_no_handler_of_the_program) {
  static volatile sig_atomic_t runs = 0;
  struct sigaction action{};
  struct sigaction before{};
  runs = 0;
  action.sa_handler = [](int) { runs = runs + 1; };
  sigaction(SIGPIPE, &action, &before);
  auto pipe = Pipe::create().value();
  pipe.reader.close();
  EXPECT_FALSE(pipe.writer.write(bytes_of("a")));
  EXPECT_EQ(runs, 0);
  ::raise(SIGPIPE);  // one that we did not cause
  EXPECT_EQ(runs, 1);
  sigaction(SIGPIPE, &before, nullptr);
}

TEST(Pipe, a_thread_that_blocks_sigpipe_by_itself_keeps_blocking_it_and_has_none_pending) {
  const SigpipeBlocked blocked;
  auto pipe = Pipe::create().value();
  pipe.reader.close();
  EXPECT_EQ(pipe.writer.write(bytes_of("a")).error(), std::errc::broken_pipe);
  EXPECT_TRUE(is_blocked(SIGPIPE));
  EXPECT_FALSE(is_pending(SIGPIPE));
}

TEST(Pipe, a_sigpipe_that_was_pending_before_stays_pending) {
  const SigpipeBlocked blocked;
  ::raise(SIGPIPE);
  auto pipe = Pipe::create().value();
  pipe.reader.close();
  EXPECT_EQ(pipe.writer.write(bytes_of("a")).error(), std::errc::broken_pipe);
  EXPECT_TRUE(is_pending(SIGPIPE));
  const timespec at_once{};
  sigset_t set{};
  sigaddset(&set, SIGPIPE);
  EXPECT_EQ(sigtimedwait(&set, nullptr, &at_once), SIGPIPE);
}

TEST(Pipe, a_process_that_ignores_sigpipe_keeps_ignoring_it) {
  ::signal(SIGPIPE, SIG_IGN);
  auto pipe = Pipe::create().value();
  pipe.reader.close();
  EXPECT_EQ(pipe.writer.write(bytes_of("a")).error(), std::errc::broken_pipe);
  EXPECT_FALSE(is_pending(SIGPIPE));
  EXPECT_EQ(::signal(SIGPIPE, SIG_DFL), SIG_IGN);
}

TEST(Pipe, a_write_costs_three_system_calls_and_a_read_one) {
  auto pipe = Pipe::create().value();
  sys::CallCounter calls;
  {
    const sys::ScopedObserver watching(calls);
    ASSERT_TRUE(pipe.writer.write(bytes_of("a")));
  }
  EXPECT_EQ(calls.summary(), "pthread_sigmask 2, write 1");
  calls.reset();
  {
    const sys::ScopedObserver watching(calls);
    EXPECT_EQ(read_some(pipe.reader), "a");
  }
  EXPECT_EQ(calls.summary(), "read 1");
}

TEST(Pipe, its_ends_do_not_block_are_not_inherited_and_are_closed_at_the_drop) {
  const sys::DescriptorWatch watch;
  {
    auto pipe = Pipe::create().value();
    for (const int fd : {pipe.reader.fd(), pipe.writer.fd()}) {
      EXPECT_TRUE(event_source::never_blocks(fd));
      EXPECT_TRUE(event_source::closes_on_exec(fd));
    }
    EXPECT_EQ(watch.change(), 2);
  }
  EXPECT_EQ(watch.change(), 0);
}

TEST(Pipe, a_descriptor_that_is_taken_out_stays_open) {
  auto pipe = Pipe::create().value();
  const epoll::UniqueFd taken = pipe.writer.take_fd();
  EXPECT_EQ(pipe.writer.fd(), -1);
  std::array<std::byte, 1> buffer;
  EXPECT_TRUE(sys::would_block(pipe.reader.read(buffer).error()));  // not the end
}

TEST(Pipe, an_interrupted_write_is_repeated) {
  auto pipe = Pipe::create().value();
  sys::FailNth first(1, EINTR, "write");
  const sys::ScopedObserver watching(first);
  EXPECT_EQ(pipe.writer.write(bytes_of("abc")).value(), 3u);
  EXPECT_EQ(first.seen(), 2u);
}

TEST(Pipe, an_interrupted_read_is_repeated) {
  auto pipe = Pipe::create().value();
  ASSERT_TRUE(pipe.writer.write(bytes_of("abc")));
  sys::FailNth first(1, EINTR, "read");
  const sys::ScopedObserver watching(first);
  EXPECT_EQ(read_some(pipe.reader), "abc");
  EXPECT_EQ(first.seen(), 2u);
}

TEST(Pipe, a_system_call_that_fails_is_reported_and_leaves_nothing_behind) {
  const auto scenario = []() -> sys::Result<Pipe> {
    auto pipe = Pipe::create();
    if (!pipe) return pipe;
    if (auto written = pipe->writer.write(bytes_of("abc")); !written)
      return sys::failure(written.error());
    std::array<std::byte, 8> buffer;
    if (auto count = pipe->reader.read(buffer); !count) return sys::failure(count.error());
    return pipe;
  };
  // pipe2, pthread_sigmask, write, pthread_sigmask, read. That the mask cannot be set back does not
  // happen outside a test, and the bytes are written: so the second one goes unreported.
  EXPECT_EQ(event_source::sweep_faults(scenario, {"pthread_sigmask"}), 5u);
  sigset_t none{};
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

TEST(Pipe, where_sigpipe_cannot_be_held_back_nothing_is_written) {
  sys::FailNth first_mask(1, EINVAL, "pthread_sigmask");
  auto pipe = Pipe::create().value();
  pipe.reader.close();
  const sys::ScopedObserver watching(first_mask);
  EXPECT_EQ(pipe.writer.write(bytes_of("a")).error(), std::errc::invalid_argument);  // still alive
}

}  // namespace
