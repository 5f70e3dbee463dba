// Allocation sweeps of whole programs: the same visit of a client again and again, and each time another
// request for memory fails, in whichever thread, or that one and the next ones. It may end the client
// that met it. The program goes on, serves the next client, keeps no descriptor, and ends in good order;
// with the address sanitizer, without a leak.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../../02_epoll_module/tests/scratch_folder.hpp"
#include "../../04_event_loop/tests/running_program.hpp"
#include "http_rig.hpp"
#include "shortage/shortage.hpp"

namespace {

using async::testing::Client;
using epoll::ExitStatus;
using Program = event_loop::testing::RunningProgram;
using Arguments = std::vector<std::string>;

// Memory of programs that are started while it lives, and that it can take away from them.
class Memory {
 public:
  Memory() : fd_(::memfd_create("shortage", MFD_CLOEXEC)) {
    EXPECT_EQ(::ftruncate(fd_.get(), sizeof(shortage::Shortage)), 0);
    shortage_ = shortage::map(fd_.get());
    const std::string name =
        "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd_.get());
    ::setenv(shortage::kVariable, name.c_str(), 1);
  }
  ~Memory() {
    ::unsetenv(shortage::kVariable);
    ::munmap(shortage_, sizeof(shortage::Shortage));
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // While the program is at rest, or not started: of its requests after the next success of
  // `begins_after`, or of all from now on if that is empty, the `nth` fails, and those behind it:
  // `count` in all.
  void take_away(long nth, long count, std::string_view begins_after) {
    begins_after.copy(shortage_->begins_after.data(), shortage_->begins_after.size() - 1);
    shortage_->has_begun = begins_after.empty();
    shortage_->asked = 0;
    shortage_->failed = 0;
    shortage_->first_to_fail = nth;
    shortage_->last_to_fail = nth + count - 1;
  }
  void give_back() { shortage_->last_to_fail = 0; }
  [[nodiscard]] long failed() const { return shortage_->failed; }

 private:
  epoll::UniqueFd fd_;
  shortage::Shortage* shortage_ = nullptr;
};

std::size_t open_descriptors(pid_t pid) {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// Waits until `program` has no more descriptors than `count`. False if that does not come true.
bool comes_down_to(std::size_t count, Program& program) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (open_descriptors(program.child().pid()) > count) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

// A client's visit; whether it got what it came for.
using Visit = std::function<bool(const epoll::SocketAddress&)>;

struct Scenario {
  std::string program;
  Arguments arguments;
  Visit visit;        // while memory is short; comes to an end whatever the program does
  Visit visit_again;  // afterwards; has to succeed
};

class Sweep {
 public:
  explicit Sweep(Scenario scenario) : scenario_(std::move(scenario)) {}
  ~Sweep() { std::printf("%ld runs\n", runs_); }

  // A fresh process each time: what is made for the first client is not there yet.
  void of_the_first_client() {
    for (long nth = 1; has_failed_ && !HasFatalFailure(); ++nth) {
      start();
      run(nth, 1);
      program_->signal(SIGKILL);
    }
  }
  // In one process, which ends in good order.
  void of_later_clients() {
    start();
    ASSERT_TRUE(scenario_.visit_again(address_));
    for (const long count : {1, 3}) {
      has_failed_ = true;
      for (long nth = 1; has_failed_ && !HasFatalFailure(); nth += count) run(nth, count);
    }
    program_->signal(SIGTERM);
    EXPECT_EQ(program_->end(), ExitStatus::exited(0)) << program_->read_errors();
  }
  [[nodiscard]] long runs() const { return runs_; }

 private:
  static bool HasFatalFailure() { return testing::Test::HasFatalFailure(); }
  void start() {
    program_.emplace("short_of_memory_" + scenario_.program, scenario_.arguments);
    address_ = program_->address();
    descriptors_ = open_descriptors(program_->child().pid());
  }
  void run(long nth, long count) {
    SCOPED_TRACE("allocation " + std::to_string(nth) + ", " + std::to_string(count) + " in all");
    ++runs_;
    memory_.take_away(nth, count, "accept4");
    const bool served = scenario_.visit(address_);
    memory_.give_back();
    has_failed_ = memory_.failed() != 0;
    EXPECT_TRUE(served || has_failed_);
    if (!scenario_.visit_again(address_)) {
      program_->signal(SIGKILL);
      FAIL() << "the next client is not served\n" << program_->read_errors();
    }
    EXPECT_TRUE(comes_down_to(descriptors_, *program_)) << "a descriptor has leaked";
  }

  Scenario scenario_;
  Memory memory_;
  std::optional<Program> program_;
  epoll::SocketAddress address_;
  std::size_t descriptors_ = 0;
  bool has_failed_ = true;  // in the last run; otherwise it made fewer requests
  long runs_ = 0;
};

bool is_echoed(const epoll::SocketAddress& address) {
  return Client(address).send("hello").finish().read_all() == "hello";
}

TEST(ProgramMemory, of_async_echo_server) {
  Sweep sweep({"async_echo_server", {"0"}, is_echoed, is_echoed});
  sweep.of_the_first_client();
  sweep.of_later_clients();
  EXPECT_GT(sweep.runs(), 10);
}

TEST(ProgramMemory, of_tcp_proxy) {
  Program behind("async_echo_server");
  Sweep sweep({"tcp_proxy", {"127.0.0.1:0", behind.address().to_string()}, is_echoed, is_echoed});
  sweep.of_the_first_client();
  sweep.of_later_clients();
  EXPECT_GT(sweep.runs(), 50);
}

// Two guests. Each leaves, or is sent away, before the visit is over.
bool chat(const epoll::SocketAddress& address) {
  Client first(address);
  Client second(address);
  (void)second.send("I am here\n").finish().read_all();
  (void)first.finish().read_all();
  return true;
}
bool chat_again(const epoll::SocketAddress& address) {
  Client first(address);
  Client second(address);
  second.send("I am here\n");
  return first.read_until("\n").ends_with(": I am here\n");
}

TEST(ProgramMemory, of_chat_server) {
  Sweep sweep({"chat_server", {"0"}, chat, chat_again});
  sweep.of_later_clients();
  EXPECT_GT(sweep.runs(), 40);
}

}  // namespace
