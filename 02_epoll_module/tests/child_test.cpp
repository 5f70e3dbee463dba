#include "epoll/child.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <sstream>

#include "event_source.hpp"

namespace {

using epoll::Child;
using epoll::ExitStatus;
using epoll::Interest;
using epoll::SpawnOptions;
using epoll::Stdio;
using epoll::Trigger;
using event_source::bytes_of;
using event_source::Watched;

SpawnOptions piped() {
  SpawnOptions options;
  options.standard_input = Stdio::piped;
  options.standard_output = Stdio::piped;
  options.standard_error = Stdio::piped;
  return options;
}

// A child that does nothing until its standard input is closed, and then ends with 0.
Child waiting_child() {
  return Child::spawn({"cat"}, piped()).value();
}

std::vector<std::string> shell(const std::string& script) {
  return {"/bin/sh", "-c", script};
}

// All that comes, waiting for it.
std::string read_to_end(epoll::PipeReader& reader) {
  Watched watched(reader.fd());
  std::string text;
  while (true) {
    std::array<std::byte, 4096> buffer;
    const auto count = reader.read(buffer);
    if (count && *count == 0) return text;
    if (count) {
      text += event_source::text_of(std::span(buffer).first(*count));
    } else if (sys::would_block(count.error())) {
      (void)watched.wait();
    } else {
      return text + "<" + count.error().message() + ">";
    }
  }
}

// What a program prints.
std::string output_of(const std::vector<std::string>& arguments, SpawnOptions options = {}) {
  options.standard_output = Stdio::piped;
  auto child = Child::spawn(arguments, options).value();
  std::string text = read_to_end(*child.standard_output);
  EXPECT_TRUE(child.wait().value().success());
  return text;
}

// True if this process has a child, running or zombie, of that number.
bool is_our_child(pid_t pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

TEST(Child, it_becomes_readable_when_it_ends_and_not_before) {
  auto child = waiting_child();
  Watched level(child.fd(), Interest::read(), Trigger::level);
  Watched edge(child.fd(), Interest::read(), Trigger::edge);
  EXPECT_FALSE(level.is_ready());
  EXPECT_TRUE(sys::would_block(child.try_wait().error()));

  child.standard_input.reset();
  EXPECT_TRUE(level.wait().is_readable());
  EXPECT_TRUE(level.is_ready());
  EXPECT_TRUE(edge.is_ready());
  EXPECT_FALSE(edge.is_ready());
  EXPECT_EQ(child.try_wait().value(), ExitStatus::exited(0));
}

TEST(Child, the_exit_code_is_returned_as_often_as_it_is_asked_for) {
  auto child = Child::spawn(shell("exit 7")).value();
  const auto status = child.wait().value();
  EXPECT_EQ(status.code(), 7);
  EXPECT_EQ(status.signal(), std::nullopt);
  EXPECT_FALSE(status.success());
  EXPECT_EQ(child.wait().value(), status);
  EXPECT_EQ(child.try_wait().value(), status);
}

TEST(Child, a_child_that_a_signal_ended_has_no_exit_code) {
  auto child = waiting_child();
  ASSERT_TRUE(child.kill(SIGTERM));
  const auto status = child.wait().value();
  EXPECT_EQ(status.signal(), SIGTERM);
  EXPECT_EQ(status.code(), std::nullopt);
  EXPECT_FALSE(status.success());
}

TEST(Child, a_signal_after_the_end_is_esrch) {
  auto child = waiting_child();
  ASSERT_TRUE(child.wait());
  EXPECT_EQ(child.kill(SIGTERM).error(), std::errc::no_such_process);
}

TEST(Child, what_is_written_to_it_is_its_input_and_its_output_can_be_read) {
  auto child = waiting_child();
  ASSERT_TRUE(child.standard_input->write(bytes_of("through a cat\n")));
  child.standard_input.reset();
  EXPECT_EQ(read_to_end(*child.standard_output), "through a cat\n");
  EXPECT_EQ(read_to_end(*child.standard_error), "");
  EXPECT_TRUE(child.wait().value().success());
}

TEST(Child, standard_error_is_a_stream_of_its_own) {
  auto child = Child::spawn(shell("echo out; echo err >&2"), piped()).value();
  EXPECT_EQ(read_to_end(*child.standard_output), "out\n");
  EXPECT_EQ(read_to_end(*child.standard_error), "err\n");
}

TEST(Child, null_reads_the_end_and_forgets_what_is_written) {
  SpawnOptions options;
  options.standard_input = Stdio::null;
  options.standard_error = Stdio::null;
  EXPECT_EQ(output_of(shell("cat; echo lost >&2; echo end"), options), "end\n");
}

TEST(Child, null_is_opened_for_what_the_descriptor_is_for) {
  SpawnOptions options;
  options.standard_input = Stdio::null;
  options.standard_output = Stdio::null;
  EXPECT_TRUE(Child::spawn(shell("cat && echo lost"), options).value().wait().value().success());
}

TEST(Child, what_is_inherited_is_ours) {
  // Our own standard output becomes a pipe for the time of this test.
  auto pipe = epoll::Pipe::create().value();
  ::fflush(stdout);
  const epoll::UniqueFd kept(::dup(STDOUT_FILENO));
  ::dup2(pipe.writer.fd(), STDOUT_FILENO);
  auto child = Child::spawn({"echo", "inherited"});
  ::dup2(kept.get(), STDOUT_FILENO);
  pipe.writer.close();
  EXPECT_EQ(read_to_end(pipe.reader), "inherited\n");
}

TEST(Child, our_ends_do_not_block_and_its_ends_do) {
  auto child = waiting_child();
  for (const int fd : {child.standard_input->fd(), child.standard_output->fd()}) {
    EXPECT_TRUE(event_source::never_blocks(fd));
    EXPECT_TRUE(event_source::closes_on_exec(fd));
  }
  EXPECT_TRUE(event_source::closes_on_exec(child.fd()));
  const std::vector<std::string> show_flags = {"sed", "-n", "s/^flags:.//p", "/proc/self/fdinfo/0",
                                               "/proc/self/fdinfo/1"};
  auto shown = Child::spawn(show_flags, piped()).value();
  std::istringstream flags(read_to_end(*shown.standard_output));
  int input = -1;
  int output = -1;
  flags >> std::oct >> input >> output;  // [proc(5), fdinfo]
  EXPECT_EQ(input & (O_ACCMODE | O_NONBLOCK), O_RDONLY);
  EXPECT_EQ(output & (O_ACCMODE | O_NONBLOCK), O_WRONLY);
}

TEST(Child, it_gets_descriptors_0_1_2_and_no_other) {
  // One that is not marked close-on-exec.
  const epoll::UniqueFd forgotten(::fcntl(STDERR_FILENO, F_DUPFD, 50));
  ASSERT_FALSE(event_source::closes_on_exec(forgotten.get()));
  EXPECT_EQ(output_of(shell("ls /proc/$$/fd")), "0\n1\n2\n");
}

TEST(Child, it_blocks_no_signal_and_does_not_ignore_sigpipe) {
  sigset_t all{};
  sigfillset(&all);
  sigset_t before{};
  pthread_sigmask(SIG_BLOCK, &all, &before);
  ::signal(SIGPIPE, SIG_IGN);
  const std::string blocked = output_of({"sed", "-n", "s/^SigBlk:.//p", "/proc/self/status"});
  const std::string ignored = output_of({"sed", "-n", "s/^SigIgn:.//p", "/proc/self/status"});
  ::signal(SIGPIPE, SIG_DFL);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(blocked, "0000000000000000\n");
  EXPECT_EQ(std::stoull(ignored, nullptr, 16) & (1ull << (SIGPIPE - 1)), 0u) << ignored;
}

TEST(Child, it_gets_the_environment_and_the_directory_that_are_asked_for) {
  SpawnOptions options;
  options.environment = {"COLOUR=blue"};
  options.directory = "/usr/bin";
  EXPECT_EQ(output_of(shell("echo $COLOUR $HOME; pwd"), options), "blue\n/usr/bin\n");
}

TEST(Child, without_an_environment_of_its_own_it_has_ours) {
  ::setenv("COLOUR", "green", 1);
  EXPECT_EQ(output_of(shell("echo $COLOUR")), "green\n");
}

TEST(Child, a_missing_program_is_enoent_and_nothing_has_started) {
  const sys::DescriptorWatch watch;
  EXPECT_EQ(Child::spawn({"/nowhere/no-such-program"}, piped()).error(),
            std::errc::no_such_file_or_directory);
  EXPECT_EQ(Child::spawn({"no-such-program-in-the-path"}).error(),
            std::errc::no_such_file_or_directory);
  EXPECT_EQ(watch.change(), 0);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);  // ECHILD: there are no children
}

TEST(Child, a_missing_directory_is_enoent_and_a_file_that_is_no_program_eacces) {
  SpawnOptions options;
  options.directory = "/nowhere";
  EXPECT_EQ(Child::spawn({"/bin/true"}, options).error(), std::errc::no_such_file_or_directory);
  EXPECT_EQ(Child::spawn({"/etc/passwd"}).error(), std::errc::permission_denied);
}

TEST(Child, no_arguments_or_a_nul_inside_is_einval) {
  using namespace std::string_literals;
  EXPECT_EQ(Child::spawn({}).error(), std::errc::invalid_argument);
  EXPECT_EQ(Child::spawn({"echo", "a\0b"s}).error(), std::errc::invalid_argument);
  SpawnOptions options;
  options.directory = "/\0tmp"s;
  EXPECT_EQ(Child::spawn({"echo"}, options).error(), std::errc::invalid_argument);
}

TEST(Child, dropping_one_that_runs_kills_it_and_leaves_no_zombie) {
  const sys::DescriptorWatch watch;
  pid_t pid = 0;
  {
    auto child = Child::spawn({"sleep", "1000"}, piped()).value();
    pid = child.pid();
    EXPECT_EQ(watch.change(), 4);
    EXPECT_TRUE(is_our_child(pid));
  }
  EXPECT_FALSE(is_our_child(pid));
  EXPECT_EQ(watch.change(), 0);
}

TEST(Child, dropping_one_that_has_ended_leaves_no_zombie) {
  pid_t pid = 0;
  {
    auto child = Child::spawn({"true"}).value();
    pid = child.pid();
    Watched(child.fd()).wait();
    EXPECT_TRUE(is_our_child(pid));  // a zombie, for now
  }
  EXPECT_FALSE(is_our_child(pid));
}

TEST(Child, one_that_is_replaced_by_assignment_ends_like_one_that_is_dropped) {
  auto child = waiting_child();
  const pid_t first = child.pid();
  auto second = waiting_child();
  const pid_t pid = second.pid();
  child = std::move(second);
  EXPECT_FALSE(is_our_child(first));
  EXPECT_TRUE(is_our_child(pid));
  EXPECT_EQ(child.pid(), pid);
  EXPECT_TRUE(child.wait().value().success());
}

TEST(Child, a_detached_one_lives_on_and_is_the_callers_to_wait_for) {
  pid_t pid = 0;
  std::optional<epoll::PipeWriter> input;
  {
    auto child = waiting_child();
    input = std::move(child.standard_input);
    pid = child.detach();
  }
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG), 0);
  EXPECT_EQ(info.si_pid, 0);  // it runs
  input.reset();
  int status = -1;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

TEST(Child, a_child_that_has_ended_before_we_take_its_pidfd_is_no_error) {
  // Holds the call back until the child is a zombie.
  struct UntilItEnds : sys::Observer {
    int before(std::string_view name) noexcept override {
      siginfo_t info{};
      if (name == "pidfd_open") ::waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
      return 0;
    }
    void after(std::string_view, int) noexcept override {}
  } until_it_ends;
  const sys::ScopedObserver watching(until_it_ends);
  auto child = Child::spawn(shell("exit 3")).value();
  EXPECT_EQ(child.try_wait().value().code(), 3);
}

TEST(Child, a_child_whose_pidfd_cannot_be_had_is_ended_again) {
  sys::FailNth no_pidfd(1, EMFILE, "pidfd_open");
  const sys::ScopedObserver watching(no_pidfd);
  EXPECT_EQ(Child::spawn({"sleep", "1000"}).error(), std::errc::too_many_files_open);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);  // ECHILD: neither running nor zombie
}

TEST(Child, one_that_may_not_be_killed_is_not_waited_for_at_the_drop) {
  pid_t pid = 0;
  {
    auto child = waiting_child();
    pid = child.pid();
    sys::FailNth no_kill(1, EPERM, "pidfd_send_signal");
    const sys::ScopedObserver watching(no_kill);
    const Child dropped = std::move(child);
  }
  EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);  // its input is closed: it has ended by itself
}

// Takes the standard descriptors away from this process, for a while: new ones get their numbers.
class WithoutStandardDescriptors {
 public:
  WithoutStandardDescriptors() {
    for (int fd = 0; fd < 3; ++fd) kept_[fd].reset(::fcntl(fd, F_DUPFD_CLOEXEC, 10));
    for (int fd = 0; fd < 3; ++fd) ::close(fd);
  }
  ~WithoutStandardDescriptors() {
    for (int fd = 0; fd < 3; ++fd) ::dup2(kept_[fd].get(), fd);
  }

 private:
  std::array<epoll::UniqueFd, 3> kept_;
};

TEST(Child, pipes_work_in_a_process_without_standard_descriptors) {
  std::string out;
  std::string err;
  {
    const WithoutStandardDescriptors without;
    auto child = Child::spawn(shell("read line; echo out $line; echo err $line >&2"), piped());
    if (child && child->standard_input->write(bytes_of("in\n"))) {
      out = read_to_end(*child->standard_output);
      err = read_to_end(*child->standard_error);
    }
  }
  EXPECT_EQ(out, "out in\n");
  EXPECT_EQ(err, "err in\n");
}

TEST(Child, a_pipe_whose_number_is_to_mean_something_else_in_the_child_is_not_lost) {
  // The pipe gets 0 and 1. In the child 1 becomes /dev/null, and only then its copy becomes 2.
  std::string err;
  {
    const WithoutStandardDescriptors without;
    SpawnOptions options;
    options.standard_output = Stdio::null;
    options.standard_error = Stdio::piped;
    auto child = Child::spawn(shell("echo err >&2"), options);
    if (child) err = read_to_end(*child->standard_error);
  }
  EXPECT_EQ(err, "err\n");
}

TEST(Child, a_system_call_that_fails_is_reported_and_leaves_neither_descriptor_nor_child) {
  const std::size_t calls = event_source::sweep_faults([]() -> sys::Result<Child> {
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);  // nothing is left of the run before
    auto options = piped();
    options.standard_error = Stdio::null;
    options.directory = "/";
    auto child = Child::spawn({"cat"}, options);
    if (!child) return child;
    if (auto killed = child->kill(SIGKILL); !killed) return sys::failure(killed.error());
    if (auto status = child->wait(); !status) return sys::failure(status.error());
    return child;
  });
  EXPECT_GE(calls, 20u);
}

TEST(Child, an_interrupted_wait_is_repeated) {
  auto child = waiting_child();
  sys::FailNth first(1, EINTR, "waitid");
  const sys::ScopedObserver watching(first);
  EXPECT_TRUE(child.wait().value().success());
  EXPECT_EQ(first.seen(), 2u);
}

TEST(Child, a_copy_that_is_destroyed_in_another_child_leaves_it_alive) {
  SpawnOptions options;
  options.standard_input = Stdio::piped;
  std::optional<Child> child = Child::spawn({"cat"}, options).value();
  const pid_t copy = ::fork();
  if (copy == 0) {
    child.reset();
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(copy, &status, 0), copy);
  EXPECT_EQ(child->wait().value(), ExitStatus::exited(0)) << "it ended by itself";
}

}  // namespace
