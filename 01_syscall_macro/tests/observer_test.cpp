#include "syscall/observer.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "syscall/call.hpp"

namespace {

// Writes down what it is told.
class Diary : public sys::Observer {
 public:
  int before(std::string_view name) noexcept override {
    lines.push_back("before " + std::string(name));
    return 0;
  }
  void after(std::string_view name, int error) noexcept override {
    lines.push_back("after " + std::string(name) + " " + std::to_string(error));
  }
  std::vector<std::string> lines;
};

TEST(Observer, sees_each_call_before_and_after_it) {
  Diary diary;
  {
    sys::ScopedObserver watching(diary);
    (void)sys::call<::getppid>();
    (void)sys::call<::close>(-1);
  }
  (void)sys::call<::getppid>();  // no observer any more
  EXPECT_THAT(diary.lines, testing::ElementsAre("before getppid", "after getppid 0", "before close",
                                                "after close " + std::to_string(EBADF)));
}

TEST(Observer, the_inner_one_alone_is_asked_and_the_outer_one_comes_back) {
  sys::CallCounter outer;
  sys::CallCounter inner;
  sys::ScopedObserver watching(outer);
  (void)sys::call<::getppid>();
  {
    sys::ScopedObserver nested(inner);
    (void)sys::call<::getppid>();
    (void)sys::call<::getppid>();
  }
  (void)sys::call<::getpid>();
  EXPECT_EQ(outer.summary(), "getpid 1, getppid 1");
  EXPECT_EQ(inner.summary(), "getppid 2");
}

TEST(Observer, watches_its_own_thread_only) {
  sys::CallCounter mine;
  sys::CallCounter theirs;
  sys::ScopedObserver watching(mine);
  std::thread other([&theirs] {
    (void)sys::call<::getppid>();  // this thread has no observer yet
    sys::ScopedObserver watching_there(theirs);
    (void)sys::call<::getpid>();
  });
  other.join();
  EXPECT_EQ(mine.summary(), "");
  EXPECT_EQ(theirs.summary(), "getpid 1");
}

TEST(Observer, a_call_that_it_fails_is_not_made) {
  const auto fd = sys::call<::open>("/dev/null", O_RDONLY);
  ASSERT_TRUE(fd);
  {
    sys::FailNth first(1, EIO, "close");
    sys::ScopedObserver watching(first);
    EXPECT_EQ(sys::error_of(sys::call<::close>(*fd)), std::errc::io_error);
  }
  EXPECT_TRUE(sys::call<::fcntl>(*fd, F_GETFD)) << "the descriptor was closed";
  EXPECT_TRUE(sys::call<::close>(*fd));
}

TEST(Observer, sees_a_call_that_it_failed_itself) {
  class Refuse : public Diary {
   public:
    int before(std::string_view name) noexcept override {
      Diary::before(name);
      return EPERM;
    }
  } refuse;
  sys::ScopedObserver watching(refuse);
  EXPECT_FALSE(sys::call<::getppid>());
  EXPECT_THAT(refuse.lines,
              testing::ElementsAre("before getppid", "after getppid " + std::to_string(EPERM)));
}

TEST(Observer, sees_every_door) {
  sys::CallCounter counter;
  sys::ScopedObserver watching(counter);
  void* const nowhere = nullptr;
  const sigset_t* const keep = nullptr;
  sigset_t* const no_answer = nullptr;
  (void)sys::call_uninterrupted<::getppid>();
  (void)sys::call_mapping<::mmap>(nowhere, std::size_t{0}, 0, 0, -1, off_t{0});
  (void)sys::call_status<::pthread_sigmask>(SIG_BLOCK, keep, no_answer);
  (void)sys::call_clearing_errno<::sysconf>(1 << 20);
  (void)sys::call<::read>(-1, nowhere, std::size_t{0});
  EXPECT_EQ(counter.summary(), "getppid 1, mmap 1, pthread_sigmask 1, read 1, sysconf 1");
  EXPECT_EQ(counter.failed_of("mmap"), 1u);
  EXPECT_EQ(counter.failed_of("sysconf"), 1u);
}

TEST(CallCounter, counts_by_name_and_counts_failures_separately) {
  sys::CallCounter counter;
  sys::ScopedObserver watching(counter);
  (void)sys::call<::getppid>();
  (void)sys::call<::close>(-1);
  (void)sys::call<::close>(-1);
  EXPECT_EQ(counter.of("close"), 2u);
  EXPECT_EQ(counter.failed_of("close"), 2u);
  EXPECT_EQ(counter.of("getppid"), 1u);
  EXPECT_EQ(counter.failed_of("getppid"), 0u);
  EXPECT_EQ(counter.of("read"), 0u);
  EXPECT_EQ(counter.failed_of("read"), 0u);
  EXPECT_EQ(counter.total(), 3u);
  EXPECT_EQ(counter.counts().size(), 2u);
  EXPECT_EQ(counter.counts().at("close").made, 2u);

  counter.reset();
  EXPECT_EQ(counter.total(), 0u);
  EXPECT_EQ(counter.of("close"), 0u);
  EXPECT_EQ(counter.summary(), "");
}

// The errors of five calls of getppid, with a getpid between each two.
std::vector<int> errors_of_five_calls() {
  std::vector<int> errors;
  for (int i = 0; i < 5; ++i) {
    const auto result = sys::call<::getppid>();
    errors.push_back(result ? 0 : result.error().value());
    (void)sys::call<::getpid>();
  }
  return errors;
}

TEST(FailNth, fails_that_call_and_no_other) {
  sys::FailNth third(3, ENFILE, "getppid");
  sys::ScopedObserver watching(third);
  EXPECT_THAT(errors_of_five_calls(), testing::ElementsAre(0, 0, ENFILE, 0, 0));
  EXPECT_EQ(third.seen(), 5u);
  EXPECT_TRUE(third.has_failed());
}

TEST(FailNth, fails_a_transfer_like_any_other_call) {
  char byte = 'x';
  void* const into = &byte;
  iovec piece{&byte, 1};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  const msghdr* const whole = &message;
  for (const std::size_t nth : {1u, 2u}) {
    sys::FailNth failing(nth, EIO);
    sys::ScopedObserver watching(failing);
    const auto read = sys::error_of(sys::call<::read>(-1, into, std::size_t{1}));
    const auto sent = sys::error_of(sys::call<::sendmsg>(-1, whole, 0));
    EXPECT_EQ(nth == 1 ? read : sent, std::errc::io_error);
    EXPECT_EQ(nth == 1 ? sent : read, std::errc::bad_file_descriptor);
  }
}

TEST(FailNth, lets_other_functions_pass_when_one_is_named) {
  sys::FailNth first(1, ENFILE, "getppid");
  sys::ScopedObserver watching(first);
  EXPECT_TRUE(sys::call<::getpid>());
  EXPECT_EQ(first.seen(), 0u);
  EXPECT_FALSE(first.has_failed());
}

TEST(FailNth, counts_the_calls_of_all_functions_when_none_is_named) {
  sys::FailNth third(3, ENFILE);
  sys::ScopedObserver watching(third);
  EXPECT_THAT(errors_of_five_calls(), testing::ElementsAre(0, ENFILE, 0, 0, 0));
  EXPECT_EQ(third.seen(), 10u);
}

TEST(FailNth, a_sweep_ends_when_the_scenario_has_no_nth_call) {
  std::size_t failures = 0;
  for (std::size_t n = 1;; ++n) {
    sys::FailNth nth(n, EIO);
    {
      sys::ScopedObserver watching(nth);
      for (const int error : errors_of_five_calls()) failures += error == EIO;
    }
    if (!nth.has_failed()) {
      EXPECT_EQ(n, 11u);  // the scenario makes ten calls
      break;
    }
  }
  EXPECT_EQ(failures, 5u);
}

// Lets no transfer move more than two bytes.
class AtMostTwo : public sys::Observer {
 public:
  int before(std::string_view) noexcept override { return 0; }
  int before_transfer(std::string_view name, int fd, std::size_t& size) noexcept override {
    seen.push_back(std::string(name) + " " + std::to_string(size));
    fds.push_back(fd);
    size = std::min<std::size_t>(size, 2);
    return 0;
  }
  void after(std::string_view, int) noexcept override {}
  std::vector<std::string> seen;
  std::vector<int> fds;
};

TEST(Observer, may_make_a_transfer_short) {
  std::array<int, 2> ends{};
  ASSERT_TRUE(sys::call<::pipe2>(ends.data(), O_CLOEXEC));
  std::string bytes(5, ' ');
  const void* const from = "hello";
  void* const into = bytes.data();
  AtMostTwo observer;
  {
    const sys::ScopedObserver watching(observer);
    EXPECT_EQ(sys::call<::write>(ends[1], from, std::size_t{5}), 2);
    EXPECT_EQ(sys::call<::read>(ends[0], into, bytes.size()), 2);
  }
  EXPECT_EQ(bytes, "he   ");
  EXPECT_THAT(observer.seen, testing::ElementsAre("write 5", "read 5"));
  EXPECT_THAT(observer.fds, testing::ElementsAre(ends[1], ends[0]));
  for (const int end : ends) ::close(end);
}

TEST(Observer, may_make_a_message_of_several_pieces_short) {
  std::array<int, 2> ends{};
  ASSERT_TRUE(sys::call<::socketpair>(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()));
  std::string first;  // an empty piece moves nothing, and is no end
  std::string second = "one";
  std::string third = "two";
  std::array<iovec, 3> pieces{{{first.data(), 0}, {second.data(), 3}, {third.data(), 3}}};
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  const msghdr* const whole = &message;
  AtMostTwo observer;
  {
    const sys::ScopedObserver watching(observer);
    EXPECT_EQ(sys::call<::sendmsg>(ends[0], whole, 0), 2);
  }
  EXPECT_EQ(sys::call<::sendmsg>(ends[0], whole, 0), 6) << "the message itself is as it was";
  std::array<char, 16> buffer{};
  EXPECT_EQ(::recv(ends[1], buffer.data(), buffer.size(), 0), 8);
  EXPECT_EQ(std::string_view(buffer.data(), 8), "ononetwo");
  EXPECT_THAT(observer.seen, testing::ElementsAre("sendmsg 6"));
  for (const int end : ends) ::close(end);
}

}  // namespace
