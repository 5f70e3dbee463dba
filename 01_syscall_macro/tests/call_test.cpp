#include "syscall/call.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <csignal>
#include <cstdlib>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>

#include "syscall/observer.hpp"

namespace {

// A function with the manners of a system call, whose answer the test chooses.
int answer = 0;
int fake() {
  if (answer == -1) errno = EIO;
  return answer;
}
// And one of which nothing is said.
int unknown() {
  return -1;
}

}  // namespace

template <>
inline constexpr sys::Manners sys::manners_of<fake>{.door = sys::Door::call};

namespace {

// Fails the first `times` calls of one function, and counts all of them.
class FailFirst : public sys::Observer {
 public:
  FailFirst(std::string name, int times, int error_number)
      : name_(std::move(name)), left_(times), error_number_(error_number) {}
  int before(std::string_view name) noexcept override {
    if (name != name_) return 0;
    ++calls;
    return left_-- > 0 ? error_number_ : 0;
  }
  void after(std::string_view, int) noexcept override {}
  int calls = 0;

 private:
  std::string name_;
  int left_;
  int error_number_;
};

// An observer whose own affairs spoil errno, before the call and after it.
class ErrnoSpoiler : public sys::Observer {
 public:
  int before(std::string_view) noexcept override {
    errno = E2BIG;
    return 0;
  }
  void after(std::string_view, int) noexcept override { errno = EXDEV; }
};

TEST(Call, minus_one_becomes_the_errno_of_the_call) {
  const auto result = sys::call<::close>(-1);
  ASSERT_FALSE(result);
  EXPECT_EQ(sys::error_of(result), std::errc::bad_file_descriptor);
}

TEST(Call, an_error_is_not_changed_by_a_later_call_that_fails) {
  const auto bad_descriptor = sys::call<::close>(-1);
  const auto no_such_file = sys::call<::open>("/there/is/no/such/file", O_RDONLY);
  ASSERT_FALSE(bad_descriptor);
  ASSERT_FALSE(no_such_file);
  EXPECT_EQ(sys::error_of(bad_descriptor), std::errc::bad_file_descriptor);
  EXPECT_EQ(sys::error_of(no_such_file), std::errc::no_such_file_or_directory);
}

TEST(Call, an_error_is_taken_before_the_observer_can_change_errno) {
  ErrnoSpoiler spoiler;
  sys::ScopedObserver watching(spoiler);
  const auto result = sys::call<::close>(-1);
  ASSERT_FALSE(result);
  EXPECT_EQ(sys::error_of(result), std::errc::bad_file_descriptor);
  EXPECT_EQ(errno, EXDEV) << "the observer was not asked";
}

TEST(Call, an_old_errno_makes_no_error_of_a_call_that_went_well) {
  errno = ENOSPC;
  EXPECT_EQ(sys::call<::getppid>(), ::getppid());
}

TEST(Call, zero_and_positive_values_pass_through) {
  for (const int value : {0, 1, 7, 1 << 30}) {
    answer = value;
    const auto result = sys::call<fake>();
    ASSERT_TRUE(result);
    EXPECT_EQ(*result, value);
  }
}

TEST(Call, negative_values_other_than_minus_one_pass_through) {
  answer = -2;
  EXPECT_EQ(sys::call<fake>(), -2);
  answer = -1;
  EXPECT_EQ(sys::error_of(sys::call<fake>()), std::errc::io_error);
}

TEST(Call, a_negative_answer_of_the_kernel_is_no_error) {
  std::array<int, 2> fds{};
  ASSERT_TRUE(sys::call<::socketpair>(AF_UNIX, SOCK_STREAM, 0, fds.data()));
  // Signals about this socket go to a process group, which fcntl names by a negative number.
  (void)::setpgid(0, 0);
  const int group = ::getpgrp();
  ASSERT_NE(group, 1);
  ASSERT_TRUE(sys::call<::fcntl>(fds[0], F_SETOWN, -group));
  EXPECT_EQ(sys::call<::fcntl>(fds[0], F_GETOWN), -group);
  for (const int fd : fds) EXPECT_TRUE(sys::call<::close>(fd));
}

TEST(Call, the_result_has_the_type_of_the_function) {
  static_assert(std::is_same_v<decltype(sys::call<::getppid>()), sys::Result<pid_t>>);
  std::array<char, 4> buffer{};
  void* const into = buffer.data();
  const auto count = sys::call<::read>(-1, into, buffer.size());
  static_assert(std::is_same_v<decltype(count), const sys::Result<ssize_t>>);
  EXPECT_EQ(sys::error_of(count), std::errc::bad_file_descriptor);
}

TEST(Call, variadic_functions_take_their_arguments_as_they_are_passed) {
  const auto fd = sys::call<::open>("/dev/null", O_RDONLY);
  ASSERT_TRUE(fd);
  EXPECT_EQ(sys::call<::fcntl>(*fd, F_GETFD), 0);
  EXPECT_TRUE(sys::call<::fcntl>(*fd, F_SETFD, FD_CLOEXEC));
  EXPECT_EQ(sys::call<::fcntl>(*fd, F_GETFD), FD_CLOEXEC);
  EXPECT_TRUE(sys::call<::close>(*fd));
}

TEST(CallUninterrupted, repeats_until_no_signal_interrupts) {
  FailFirst thrice("getppid", 3, EINTR);
  sys::ScopedObserver watching(thrice);
  EXPECT_EQ(sys::call_uninterrupted<::getppid>(), ::getppid());
  EXPECT_EQ(thrice.calls, 4);
}

TEST(CallUninterrupted, reports_any_other_error_at_once) {
  for (const int error : {EIO, EAGAIN, EBADF}) {
    FailFirst once("getppid", 1, error);
    sys::ScopedObserver watching(once);
    EXPECT_EQ(sys::error_of(sys::call_uninterrupted<::getppid>()), sys::error_code(error));
    EXPECT_EQ(once.calls, 1);
  }
}

TEST(CallUninterrupted, plain_call_reports_the_interruption) {
  FailFirst once("getppid", 1, EINTR);
  sys::ScopedObserver watching(once);
  EXPECT_TRUE(sys::interrupted(sys::error_of(sys::call<::getppid>())));
}

// What the signal handler of the next test needs: it may only touch such variables.
volatile std::sig_atomic_t interruptions = 0;
volatile int wake_fd = -1;

void write_after_three_interruptions(int) {
  if (interruptions < 3) return;
  const char byte = '!';
  (void)!::write(wake_fd, &byte, 1);
}

class CountInterruptions : public sys::Observer {
 public:
  int before(std::string_view) noexcept override { return 0; }
  void after(std::string_view, int error) noexcept override {
    if (error == EINTR) interruptions = interruptions + 1;
  }
};

TEST(CallUninterrupted, reads_on_through_real_signals) {
  std::array<int, 2> pipe{};
  ASSERT_TRUE(sys::call<::pipe2>(pipe.data(), O_CLOEXEC));
  wake_fd = pipe[1];
  struct sigaction action{};
  action.sa_handler = write_after_three_interruptions;  // without SA_RESTART: calls are interrupted
  ASSERT_EQ(::sigaction(SIGALRM, &action, nullptr), 0);
  const itimerval each_millisecond{{0, 1000}, {0, 1000}};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &each_millisecond, nullptr), 0);

  CountInterruptions counting;
  sys::ScopedObserver watching(counting);
  std::array<char, 64> buffer{};
  void* const into = buffer.data();
  const auto count = sys::call_uninterrupted<::read>(pipe[0], into, buffer.size());
  const itimerval never{};
  ::setitimer(ITIMER_REAL, &never, nullptr);

  ASSERT_TRUE(count) << sys::error_of(count).message();
  EXPECT_GE(*count, 1);
  EXPECT_EQ(buffer[0], '!');
  EXPECT_GE(interruptions, 3);
  for (const int fd : pipe) EXPECT_TRUE(sys::call<::close>(fd));
}

TEST(CallMapping, a_pointer_is_the_result) {
  void* const anywhere = nullptr;
  const std::size_t length = 4096;
  const auto memory = sys::call_mapping<::mmap>(anywhere, length, PROT_READ | PROT_WRITE,
                                                MAP_PRIVATE | MAP_ANONYMOUS, -1, off_t{0});
  ASSERT_TRUE(memory);
  *static_cast<char*>(*memory) = 'x';
  EXPECT_TRUE(sys::call<::munmap>(*memory, length));
}

TEST(CallMapping, map_failed_becomes_its_errno) {
  void* const anywhere = nullptr;
  const auto nothing = sys::call_mapping<::mmap>(anywhere, std::size_t{0}, PROT_READ,
                                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, off_t{0});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(sys::error_of(nothing), std::errc::invalid_argument);
}

TEST(CallStatus, a_returned_error_number_is_the_error) {
  errno = EXDEV;
  pid_t child = 0;
  std::string name = "no_such_program";
  const std::array<char*, 2> arguments{name.data(), nullptr};
  const posix_spawn_file_actions_t* const no_actions = nullptr;
  const posix_spawnattr_t* const no_attributes = nullptr;
  const auto spawned = sys::call_status<::posix_spawn>(
      &child, "/there/is/no/such/program", no_actions, no_attributes, arguments.data(), environ);
  ASSERT_FALSE(spawned);
  EXPECT_EQ(sys::error_of(spawned), std::errc::no_such_file_or_directory);
}

TEST(CallStatus, zero_is_success_whatever_errno_holds) {
  errno = EXDEV;
  sigset_t now{};
  const sigset_t* const keep = nullptr;
  EXPECT_TRUE(sys::call_status<::pthread_sigmask>(SIG_BLOCK, keep, &now));
  EXPECT_EQ(errno, EXDEV);
  const sigset_t* const set = &now;
  sigset_t* const nowhere = nullptr;
  EXPECT_EQ(sys::error_of(sys::call_status<::pthread_sigmask>(12345, set, nowhere)),
            std::errc::invalid_argument);
}

TEST(CallClearingErrno, minus_one_is_a_value_unless_the_call_sets_errno) {
  // A limit that this system does not have: sysconf answers -1 and leaves errno alone.
  ASSERT_EQ(::sysconf(_SC_AIO_MAX), -1);
  errno = E2BIG;
  EXPECT_EQ(sys::call_clearing_errno<::sysconf>(_SC_AIO_MAX), -1);
  EXPECT_EQ(sys::error_of(sys::call_clearing_errno<::sysconf>(12345)), std::errc::invalid_argument);
}

TEST(CallClearingErrno, an_errno_that_the_observer_leaves_behind_is_not_the_calls) {
  ErrnoSpoiler spoiler;
  sys::ScopedObserver watching(spoiler);
  EXPECT_EQ(sys::call_clearing_errno<::sysconf>(_SC_AIO_MAX), -1);
}

// The wrong door does not compile. (Each has a counterpart above, through the right one.)
template <auto Function, class... Args>
concept Calls = requires(Args... args) { sys::call<Function>(args...); };
template <auto Function, class... Args>
concept Repeats = requires(Args... args) { sys::call_uninterrupted<Function>(args...); };
template <auto Function, class... Args>
concept HasStatus = requires(Args... args) { sys::call_status<Function>(args...); };
template <auto Function, class... Args>
concept Maps = requires(Args... args) { sys::call_mapping<Function>(args...); };
template <auto Function, class... Args>
concept ClearsErrno = requires(Args... args) { sys::call_clearing_errno<Function>(args...); };

TEST(Call, the_wrong_door_does_not_compile) {
  // An error number is not -1: with call<>, ENOENT would be the value 2 of a call that went well.
  static_assert(!Calls<::pthread_sigmask, int, const sigset_t*, sigset_t*>);
  static_assert(HasStatus<::pthread_sigmask, int, const sigset_t*, sigset_t*>);
  static_assert(!Calls<::clock_nanosleep, clockid_t, int, const timespec*, timespec*>);
  static_assert(Calls<::posix_openpt, int> && !HasStatus<::posix_openpt, int>);
  static_assert(!HasStatus<::close, int> && !HasStatus<::pthread_self>);
  // A pointer is not -1 either, and a function that may say null is no mapping.
  static_assert(!Calls<::mmap, void*, std::size_t, int, int, int, off_t>);
  static_assert(Maps<::mmap, void*, std::size_t, int, int, int, off_t>);
  static_assert(!Maps<::malloc, std::size_t> && !Maps<::getenv, const char*>);
  // These have no family in their names: EINVAL, ERANGE and ENOTTY would be values, too.
  static_assert(!Calls<::sigwait, const sigset_t*, int*>);
  static_assert(HasStatus<::sigwait, const sigset_t*, int*>);
  static_assert(!Calls<::getpwnam_r, const char*, passwd*, char*, std::size_t, passwd**>);
  static_assert(HasStatus<::getpwnam_r, const char*, passwd*, char*, std::size_t, passwd**>);
  static_assert(!Calls<::ptsname_r, int, char*, std::size_t>);
  static_assert(HasStatus<::ptsname_r, int, char*, std::size_t>);
  // An honest -1.
  static_assert(!Calls<::getpriority, __priority_which_t, id_t>);
  static_assert(ClearsErrno<::getpriority, __priority_which_t, id_t>);
  static_assert(!Calls<::nice, int> && !ClearsErrno<::close, int>);
  // Errors that are no errno, and results that are no number.
  static_assert(!Calls<::getaddrinfo, const char*, const char*, const addrinfo*, addrinfo**>);
  static_assert(!Calls<::tzset>);
  // Too few arguments, or one that the kernel does not know.
  static_assert(Calls<::close, int> && !Calls<::close>);
  static_assert(!Calls<::fcntl, int, int, std::string> && !Calls<::fcntl, int, int, double>);
}

TEST(Call, a_function_of_which_nothing_is_known_has_no_door) {
  static_assert(!Calls<unknown> && !HasStatus<unknown> && !ClearsErrno<unknown>);
  static_assert(!Calls<::rand> && !Calls<::atoi, const char*> && !Calls<::toupper, int>);
  static_assert(Calls<fake> && !Repeats<fake> && !HasStatus<fake>);  // said above
}

TEST(CallStatus, an_error_number_of_a_function_without_a_family_is_the_error) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 1> too_small{};
  EXPECT_EQ(sys::error_of(sys::call_status<::getpwnam_r>("root", &entry, too_small.data(),
                                                         too_small.size(), &found)),
            std::errc::result_out_of_range);
}

TEST(CallUninterrupted, a_relative_time_must_not_begin_anew) {
  static_assert(Calls<::poll, pollfd*, nfds_t, int> && !Repeats<::poll, pollfd*, nfds_t, int>);
  static_assert(!Repeats<::ppoll, pollfd*, nfds_t, const timespec*, const sigset_t*>);
  static_assert(!Repeats<::select, int, fd_set*, fd_set*, fd_set*, timeval*>);
  static_assert(!Repeats<::epoll_pwait, int, epoll_event*, int, int, const sigset_t*>);
  static_assert(!Repeats<::nanosleep, const timespec*, timespec*> && !Repeats<::usleep, unsigned>);
  static_assert(!Repeats<::sigtimedwait, const sigset_t*, siginfo_t*, const timespec*>);
  static_assert(!Repeats<::recvmmsg, int, mmsghdr*, unsigned, int, timespec*>);
  static_assert(!Repeats<::pause> && !Repeats<::sigsuspend, const sigset_t*>);
}

TEST(CallUninterrupted, what_must_not_be_repeated_does_not_compile) {
  static_assert(Calls<::close, int> && !Repeats<::close, int>);
  static_assert(!Repeats<::connect, int, const sockaddr*, socklen_t>);
  static_assert(!Repeats<::epoll_wait, int, epoll_event*, int, int>);
  static_assert(Repeats<::read, int, void*, std::size_t>);
}

TEST(NameOf, a_function_has_its_own_name_at_compile_time) {
  static_assert(sys::name_of<::read>() == "read");
  static_assert(sys::name_of<::epoll_create1>() == "epoll_create1");
  static_assert(sys::name_of<::fcntl>() == "fcntl");
  EXPECT_EQ(sys::name_of<::accept4>(), "accept4");
}

}  // namespace
