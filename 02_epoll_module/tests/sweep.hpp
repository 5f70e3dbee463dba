// A fault sweep: the same scenario again and again, each time with another fault.
//
//   TEST(FaultSweep, an_echo_survives_every_error_of_every_call) {
//     sweep::run(sweep::Kind::error, [](sweep::Fault& fault) {
//       EchoServer server;                               // what no fault is to meet
//       fault.during([&] { talk_to(server); });          // no crash, no hang
//       ASSERT_TRUE(server.serves_another_client());     // and the next one is served
//     });
//   }
//
// Three kinds of fault, one in each run:
//   error   the k-th system call fails, once with each error that this call can really give (errors_of.hpp)
//   cut     the k-th transfer of a stream, pipe or file moves a single byte; in one run more, no transfer
//           moves more than 1000
//   memory  the k-th request for memory fails (allocations.hpp)
// for each k, until a run gets by without: then k was larger than the number of calls. After each run no
// descriptor and no child may be left. One that hangs is ended after a time that no machine needs, with a
// line that says which fault it was. At the end the number of runs is printed.
#pragma once

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "allocations.hpp"
#include "errors_of.hpp"
#include "syscall/observer.hpp"
#include "syscall/open_descriptors.hpp"

namespace sweep {

enum class Kind : std::uint8_t { error, cut, memory };

// An error of "not now", or a transfer that was cut, means that the rest comes a moment later: and so the
// kernel would tell of it, under edge trigger once more. This makes it do so, for each descriptor that is
// watched under edge trigger [epoll_ctl(2), EPOLL_CTL_MOD; proc(5), fdinfo].
inline void announce_readiness_again() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    if (std::filesystem::read_symlink(entry.path(), error) != "anon_inode:[eventpoll]") continue;
    const std::string number = entry.path().filename();
    std::ifstream info("/proc/self/fdinfo/" + number);
    for (std::string line; std::getline(info, line);) {
      int fd = -1;
      epoll_event event{};
      unsigned events = 0;
      unsigned long long data = 0;
      if (std::sscanf(line.c_str(), "tfd: %d events: %x data: %llx", &fd, &events, &data) != 3)
        continue;
      if ((events & EPOLLET) == 0) continue;
      event.events = events;
      event.data.u64 = data;
      ::epoll_ctl(std::stoi(number), EPOLL_CTL_MOD, fd, &event);
    }
  }
}

// One fault, in one run of a scenario.
class Fault : private sys::Observer {
 public:
  // The `nth` call, transfer or request for memory; `variant`: which of its errors.
  Fault(Kind kind, std::size_t nth, std::size_t variant = 0)
      : kind_(kind), nth_(nth), variant_(variant), memory_(kind == Kind::memory ? nth : 0) {}

  // While one lives, this thread's calls, or its requests for memory, may meet the fault. There may be several,
  // one after the other.
  class Exposed {
   public:
    explicit Exposed(Fault& fault) : fault_(fault) {
      if (fault.kind_ == Kind::memory) {
        fault.memory_.arm();
      } else {
        observing_.emplace(static_cast<sys::Observer&>(fault));
      }
    }
    ~Exposed() { fault_.memory_.disarm(); }
    Exposed(const Exposed&) = delete;
    Exposed& operator=(const Exposed&) = delete;

   private:
    Fault& fault_;
    std::optional<sys::ScopedObserver> observing_;
  };

  // Runs `play` so. False if it ended with a std::bad_alloc.
  template <class Play>
  bool during(Play play) {
    try {
      const Exposed exposed(*this);
      play();
    } catch (const std::bad_alloc&) {
      return false;
    }
    return true;
  }

  // The run was long enough for the fault; with errors, it may have had no such variant.
  [[nodiscard]] bool was_reached() const {
    return kind_ == Kind::memory ? memory_.has_failed() : seen_ >= nth_;
  }
  // It has really happened.
  [[nodiscard]] bool has_struck() const {
    return kind_ == Kind::memory ? memory_.has_failed() : has_struck_;
  }
  // Nothing is lost by it: the call, or the rest of the transfer, is made again.
  [[nodiscard]] bool is_harmless() const {
    const bool is_not_now = error_ == EAGAIN && call_ != "connect" && call_ != "posix_spawnp";
    return kind_ == Kind::cut || error_ == EINTR || is_not_now;
  }
  [[nodiscard]] std::size_t variants() const { return variants_; }  // of the call that was reached
  [[nodiscard]] std::string_view call() const { return call_; }     // a name lives for ever
  [[nodiscard]] int error() const { return error_; }

  // What it was, for messages. Takes no memory: it is called when a run hangs.
  void describe(std::array<char, 200>& text) const {
    const char* const what = kind_ == Kind::error ? "call"
                             : kind_ == Kind::cut ? "transfer"
                                                  : "request for memory";
    const char* const name = error_ != 0 ? ::strerrorname_np(error_) : "";
    std::snprintf(text.data(), text.size(), "%s %zu%s%.*s%s%s", what, nth_,
                  call_.empty() ? "" : ", ", static_cast<int>(call_.size()), call_.data(),
                  error_ != 0 ? ": " : "", name);
  }

 private:
  // A close that is not made would lose a descriptor, and that would be the sweep's doing alone.
  int before(std::string_view name) noexcept override {
    if (kind_ != Kind::error || name == "close" || ++seen_ != nth_) return 0;
    return strike(name, name);
  }
  int before_transfer(std::string_view name, int fd, std::size_t& size) noexcept override {
    const mode_t type = type_of(fd);
    if (kind_ == Kind::error) {
      if (++seen_ != nth_) return 0;
      const bool is_counter = type == 0;
      strike(!is_counter ? name : name == "read" ? "read counter" : "write counter", name);
      if (type == S_IFSOCK && is_stream(fd) && breaks_connection(error_)) ::shutdown(fd, SHUT_RDWR);
      return error_;
    }
    const bool is_message =
        type == 0 || name == "getdents64" || (type == S_IFSOCK && !is_stream(fd));
    if (is_message || size < 2) return 0;  // it is whole, or it is not
    if (nth_ != 0 && ++seen_ != nth_) return 0;
    call_ = name;
    has_struck_ = announces_ = true;
    size = nth_ == 0 ? std::min<std::size_t>(size, 1000) : 1;
    return 0;
  }
  void after(std::string_view, int) noexcept override {
    if (!announces_) return;
    announces_ = false;
    announce_readiness_again();
  }

  int strike(std::string_view row, std::string_view name) {
    call_ = name;
    const std::vector<int>* const errors = errors_of(row);
    if (errors == nullptr) {
      ADD_FAILURE() << "errors_of.hpp has no row for " << row;
      return 0;
    }
    variants_ = errors->size();
    if (variant_ >= variants_) return 0;
    has_struck_ = true;
    error_ = (*errors)[variant_];
    announces_ = error_ == EAGAIN;
    return error_;
  }

  // The connection is over with it, for all later calls.
  static bool breaks_connection(int error) {
    constexpr std::array kPassing{0, EAGAIN, EINTR, ENOBUFS, ENOMEM};
    return std::ranges::find(kPassing, error) == kPassing.end();
  }
  // Of an eventfd, timerfd or signalfd it is 0.
  static mode_t type_of(int fd) {
    struct stat status{};
    return ::fstat(fd, &status) == 0 ? status.st_mode & S_IFMT : 0;
  }
  static bool is_stream(int fd) {
    int type = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
  }

  const Kind kind_;
  const std::size_t nth_;
  const std::size_t variant_;
  allocations::FailNth memory_;
  std::size_t seen_ = 0;
  std::size_t variants_ = 0;
  std::string_view call_;
  int error_ = 0;
  bool has_struck_ = false;
  bool announces_ = false;
};

// Ends the process if a run hangs.
class Watchdog {
 public:
  explicit Watchdog(const Fault& fault) {
    watched = &fault;
    previous_ = std::signal(SIGALRM, [](int) {
      std::array<char, 200> text{};
      watched->describe(text);
      std::fprintf(stderr, "hangs: %s\n", text.data());
      std::abort();
    });
    ::alarm(kSeconds);
  }
  ~Watchdog() {
    ::alarm(0);
    std::signal(SIGALRM, previous_);
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  static constexpr unsigned kSeconds = 30;  // a run takes milliseconds
  static inline const Fault* watched = nullptr;
  void (*previous_)(int) = nullptr;
};

// Puts this thread's signal mask back as it was, also where the call that should have done so was the one that
// failed. What was held back is dropped.
class KeptSignalMask {
 public:
  KeptSignalMask() { ::pthread_sigmask(SIG_SETMASK, nullptr, &before_); }
  ~KeptSignalMask() {
    sigset_t pending{};
    ::sigpending(&pending);
    constexpr timespec kNoTime{};
    while (::sigtimedwait(&pending, nullptr, &kNoTime) > 0) continue;
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  KeptSignalMask(const KeptSignalMask&) = delete;
  KeptSignalMask& operator=(const KeptSignalMask&) = delete;

 private:
  sigset_t before_{};
};

struct Result {
  std::size_t runs = 0;    // with a fault
  std::size_t points = 0;  // calls, transfers or requests for memory of the scenario
};

// One run, and what has to hold after each. False: the sweep ends here.
template <class Scenario>
bool run_once(Fault& fault, const Scenario& scenario) {
  const sys::DescriptorWatch descriptors;
  {
    const KeptSignalMask mask;
    const Watchdog watchdog(fault);
    scenario(fault);
  }
  EXPECT_EQ(descriptors.change(), 0) << "descriptors are left";
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
  if (!::testing::Test::HasFailure()) return true;
  std::array<char, 200> text{};
  fault.describe(text);
  std::printf("the fault: %s\n", text.data());
  return false;
}

template <class Scenario>
Result run(Kind kind, const Scenario& scenario) {
  Result result;
  for (std::size_t nth = kind == Kind::cut ? 0 : 1, variant = 0;;) {
    Fault fault(kind, nth, variant);
    if (!run_once(fault, scenario) || !fault.was_reached()) break;
    if (fault.has_struck()) ++result.runs;
    result.points = nth;
    if (++variant < fault.variants()) continue;
    variant = 0;
    ++nth;
  }
  EXPECT_GT(result.points, 0u) << "this sweep has seen nothing";
  std::printf("%zu runs, %zu points\n", result.runs, result.points);
  return result;
}

// For a scenario that is over when it returns, with a sys::Result: it must succeed with a harmless fault,
// and after each run without one.
template <class Play>
Result survives(Kind kind, const Play& play) {
  return run(kind, [&](Fault& fault) {
    sys::Result<> ended;
    const bool had_memory = fault.during([&] { ended = sys::without_value(play()); });
    EXPECT_TRUE((had_memory && ended) || (fault.has_struck() && !fault.is_harmless()))
        << sys::error_of(ended).message();
    const auto again = play();
    ASSERT_TRUE(again) << "it does not work any more: " << again.error().message();
  });
}

}  // namespace sweep
