// Allocation sweeps of whole programs: the same visit of a client again and again, and each time another
// request for memory fails, in whichever thread, or that one and the next ones. It may end the client
// that met it. The program keeps running, serves the next client, keeps no descriptor, and ends in good order;
// with the address sanitizer, without a leak.
#include <sys/mman.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "../../02_epoll_module/tests/running_program.hpp"
#include "../../02_epoll_module/tests/scratch_folder.hpp"
#include "http_rig.hpp"
#include "shortage/shortage.hpp"

namespace async::testing::program_memory_test {

using epoll::ExitStatus;
using Program = programs::RunningProgram;
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
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (open_descriptors(program.child().pid()) > count) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

// A client's visit; whether it got what it came for.
using Visit = bool (*)(const epoll::SocketAddress&);

// The same again and again, and each time without another request for memory: `nth` is 1, 2 and so on,
// until a run needs less memory than that. `run` returns whether one has failed. At least so many runs.
void sweep_each(long least, const std::function<bool(long nth)>& run, long step = 1) {
  long nth = 1;
  for (bool has_failed = true; has_failed && !::testing::Test::HasFatalFailure(); nth += step) {
    SCOPED_TRACE("allocation " + std::to_string(nth));
    has_failed = run(nth);
  }
  EXPECT_GT(nth / step, least) << "this sweep has seen next to nothing";
}

// A program that serves clients. `visit` comes to an end whatever the program does; `visit_again`,
// afterwards, has to succeed.
class Sweep {
 public:
  Sweep(std::string program, Arguments arguments, Visit visit, Visit visit_again)
      : name_(std::move(program)),
        arguments_(std::move(arguments)),
        visit_(visit),
        visit_again_(visit_again) {}

  // A fresh process each time: what is made for the first client is not there yet.
  void of_the_first_client(long least) {
    sweep_each(least, [this](long nth) {
      start();
      const bool has_failed = run(nth, 1);
      program_->signal(SIGKILL);
      return has_failed;
    });
  }
  // In one process, which ends in good order.
  void of_later_clients(long least) {
    start();
    ++descriptors_;  // of the log, which opens its output anew for the first line
    for (const long count : {1, 3})
      sweep_each(least / count, [&](long nth) { return run(nth, count); }, count);
    program_->signal(SIGTERM);
    EXPECT_EQ(program_->end(), ExitStatus::exited(0)) << program_->read_errors();
  }

 private:
  void start() {
    program_.emplace("short_of_memory_" + name_, arguments_);
    address_ = program_->address();
    descriptors_ = open_descriptors(program_->child().pid());
  }
  bool run(long nth, long count) {
    memory_.take_away(nth, count, "accept4");
    const bool served = visit_(address_);
    memory_.give_back();
    const bool has_failed = memory_.failed() != 0;
    EXPECT_TRUE(served || has_failed);
    expect_another_is_served();
    return has_failed;
  }
  void expect_another_is_served() {
    if (!visit_again_(address_)) {
      program_->signal(SIGKILL);
      FAIL() << "the next client is not served\n" << program_->read_errors();
    }
    ASSERT_TRUE(comes_down_to(descriptors_, *program_)) << "a descriptor has leaked";
  }

  std::string name_;
  Arguments arguments_;
  Visit visit_, visit_again_;
  Memory memory_;
  std::optional<Program> program_;
  epoll::SocketAddress address_;
  std::size_t descriptors_ = 0;
};

bool is_echoed(const epoll::SocketAddress& address) {
  return Client(address).send("hello").finish().read_all() == "hello";
}

TEST(ProgramMemory, of_async_echo_server) {
  Sweep sweep("async_echo_server", {"0"}, is_echoed, is_echoed);
  sweep.of_the_first_client(5);
  sweep.of_later_clients(3);
}

TEST(ProgramMemory, of_tcp_proxy) {
  Program behind("async_echo_server");
  Sweep sweep("tcp_proxy", {"127.0.0.1:0", behind.address().to_string()}, is_echoed, is_echoed);
  sweep.of_the_first_client(20);
  sweep.of_later_clients(15);
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
  Sweep("chat_server", {"0"}, chat, chat_again).of_later_clients(25);
}

// A pipeline of a page, a form, a file, and an upload whose client would wait for 100 Continue.
bool is_answered(const epoll::SocketAddress& address) {
  const std::string answers = Client(address)
                                  .send(
                                      "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                      "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
                                      "Content-Length: 9\r\n\r\nname=form"
                                      "GET /files/page.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                      "POST /upload HTTP/1.1\r\nHost: localhost\r\n"
                                      "Expect: 100-continue\r\nConnection: close\r\n"
                                      "Content-Length: 5\r\n\r\nhello")
                                  .read_all();
  std::size_t good = 0;
  for (auto at = answers.find(" 200 OK"); at != answers.npos; at = answers.find(" 200 OK", at + 1))
    ++good;
  return good == 4 && answers.contains("name=form") && answers.contains("a page in a file");
}

TEST(ProgramMemory, of_http_server) {
  const ScratchFolder folder;
  std::ofstream(folder.file("page.txt")) << "a page in a file";
  Sweep("http_server", {"0", "--files", folder.file("").string()}, is_answered, is_answered)
      .of_later_clients(45);
}

// What `program` has written to its standard error output: waits for some of it, and takes it all.
std::string errors_so_far(Program& program) {
  std::string text = program.read_error_line();
  std::array<std::byte, 4096> buffer;
  while (const auto count = program.child().standard_error->read(buffer)) {
    if (*count == 0) break;
    text.append(reinterpret_cast<const char*>(buffer.data()), *count);
  }
  return text;
}

bool says_something(const epoll::SocketAddress& address) {
  return !Client(address).send("GET / HTTP/1.0\r\n\r\n").finish().read_all().empty();
}

TEST(ProgramMemory, of_a_server_that_is_asked_for_a_list_of_its_tasks) {
  for (const std::string name : {"async_echo_server", "http_server"}) {
    Memory memory;
    Program program("short_of_memory_" + name);
    const auto address = program.address();
    sweep_each(4, [&](long nth) {
      memory.take_away(nth, 1, "read");  // of the signal
      program.signal(SIGUSR1);
      const std::string list = errors_so_far(program);
      memory.give_back();
      EXPECT_TRUE(memory.failed() != 0 || list.contains(" tasks\n#1 ")) << list;
      EXPECT_TRUE(says_something(address));
      return memory.failed() != 0;
    });
  }
}

TEST(ProgramMemory, of_a_server_that_is_asked_to_stop) {
  for (const std::string name : {"async_echo_server", "http_server"}) {
    sweep_each(0, [&](long nth) {
      Memory memory;
      Program program("short_of_memory_" + name);
      EXPECT_TRUE(says_something(program.address()));
      memory.take_away(nth, 1, "read");  // of the signal
      program.signal(SIGTERM);
      EXPECT_EQ(program.end(), ExitStatus::exited(0)) << program.read_errors();
      return memory.failed() != 0;
    });
  }
}

// How a program ends that has to do without the `nth` request of all that it makes after the first success
// of `begins_after`.
struct Ended {
  ExitStatus status;
  std::string output;
  std::string errors;
  bool has_failed;
};
Ended run_without(long nth, std::string_view begins_after, const std::string& name,
                  const Arguments& arguments) {
  Memory memory;
  memory.take_away(nth, 1, begins_after);
  Program program("short_of_memory_" + name, arguments);
  const auto status = program.end().value_or(ExitStatus::killed(SIGKILL));
  return {status, program.read_output(), program.read_errors(), memory.failed() != 0};
}

TEST(ProgramMemory, of_fetch) {
  Program server("http_server");
  const std::string page = "http://" + server.address().to_string() + "/hello";
  const std::string line = "200       28 " + page + "\n";
  long one_lost = 0;
  sweep_each(10, [&](long nth) {
    // That looks for leaks takes longer than all else.
    ::setenv("LSAN_OPTIONS", nth % 4 == 1 ? "detect_leaks=1" : "detect_leaks=0", 1);
    const auto ended = run_without(nth, "socket", "fetch", {page, page});
    EXPECT_TRUE(ended.status == ExitStatus::exited(1) ||
                (ended.status.success() && ended.output == line + line))
        << ended.output << ended.errors;
    EXPECT_TRUE(ended.errors.empty() || ended.errors == "no memory\n") << ended.errors;
    EXPECT_TRUE(ended.has_failed || ended.status.success());
    one_lost += ended.output.contains("200       28 ") && ended.output.contains(": no memory\n");
    return ended.has_failed;
  });
  ::unsetenv("LSAN_OPTIONS");
  EXPECT_GT(one_lost, 10);
}

TEST(ProgramMemory, of_supervise) {
  sweep_each(10, [](long nth) {
    const auto ended = run_without(nth, "", "supervise", {"--", "true"});
    EXPECT_EQ(ended.errors, ended.status.success() ? "" : "no memory\n");
    EXPECT_TRUE(ended.has_failed || ended.status.success());
    return ended.has_failed;
  });
}

}  // namespace async::testing::program_memory_test
