// The programs themselves, as a user runs them: for tests of command lines, signals and exit statuses.
// PROGRAM_FOLDER, which the build defines, is where they are.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "epoll/child.hpp"
#include "epoll/poll.hpp"
#include "epoll/socket_address.hpp"
#include "epoll/unique_fd.hpp"

namespace programs {

inline std::string program_path(const std::string& name) {
  return std::string(PROGRAM_FOLDER) + '/' + name;
}

// Waits, for as long as a test may take, until `fd` is readable. False if that is over.
inline bool wait_until_readable(int fd) {
  auto poll = epoll::Poll::create().value();
  EXPECT_TRUE(poll.add(fd, {}, epoll::Interest::read(), epoll::Trigger::level));
  epoll::Events events(1);
  return poll.wait(events, std::chrono::seconds(20)) && !events.empty();
}

// What comes from a pipe up to its end, or up to the first end of line.
inline std::string read_from(epoll::PipeReader& pipe, bool one_line) {
  std::string text;
  std::array<std::byte, 1> byte;
  while (!(one_line && text.ends_with('\n'))) {
    const auto count = pipe.read(byte);
    if (!count && sys::would_block(count.error()) && wait_until_readable(pipe.fd())) continue;
    if (!count || *count == 0) break;
    text += static_cast<char>(byte[0]);
  }
  return text;
}

// A program that runs until it is asked to stop, or until the end of the test. It reads from a pipe
// that stays open and empty, and what it prints is read here.
class RunningProgram {
 public:
  explicit RunningProgram(const std::string& name, std::vector<std::string> arguments = {"0"})
      : child_(spawn(program_path(name), std::move(arguments))) {}

  // The line that says where it listens, and nothing else of it.
  epoll::SocketAddress address() {
    const std::string line = read_line();
    const std::string_view begin = "listening on ";
    EXPECT_TRUE(line.starts_with(begin)) << line;
    if (!line.starts_with(begin)) return {};
    return epoll::SocketAddress::parse(line.substr(begin.size(), line.size() - begin.size() - 1))
        .value();
  }
  std::string read_line() { return read_from(*child_.standard_output, true); }
  std::string read_output() { return read_from(*child_.standard_output, false); }
  std::string read_error_line() { return read_from(*child_.standard_error, true); }
  std::string read_errors() { return read_from(*child_.standard_error, false); }

  void signal(int number) { EXPECT_TRUE(child_.kill(number)); }
  // As Ctrl-Z and fg do it, while it waits. Each step is over before the next one: two signals in a
  // row might both have come and gone before it notices any.
  void stop_and_continue() {
    const auto pid = static_cast<id_t>(child_.pid());
    siginfo_t what{};
    while (is_busy()) std::this_thread::yield();
    signal(SIGSTOP);
    EXPECT_EQ(::waitid(P_PID, pid, &what, WSTOPPED), 0);
    signal(SIGCONT);
    EXPECT_EQ(::waitid(P_PID, pid, &what, WCONTINUED), 0);
  }
  // How it ended; nothing if it did not.
  std::optional<epoll::ExitStatus> end() {
    if (!wait_until_readable(child_.fd())) return std::nullopt;
    return child_.try_wait().value();
  }
  epoll::Child& child() { return child_; }

 private:
  // It waits for nothing: the state stands behind the name, which stands in parentheses [proc(5)].
  [[nodiscard]] bool is_busy() const {
    std::ifstream file("/proc/" + std::to_string(child_.pid()) + "/stat");
    std::string text;
    std::getline(file, text);
    return text.find(") R ") != std::string::npos;
  }
  static epoll::Child spawn(std::string path, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), std::move(path));
    epoll::SpawnOptions options;
    options.standard_input = options.standard_output = options.standard_error = epoll::Stdio::piped;
    return epoll::Child::spawn(arguments, options).value();
  }
  epoll::Child child_;
};

// A blocking client: the server is another process here.
class Connection {
 public:
  explicit Connection(const epoll::SocketAddress& server)
      : Connection(epoll::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))) {
    EXPECT_EQ(::connect(fd_.get(), server.data(), server.size()), 0);
  }
  // One end of a connection that is made already.
  explicit Connection(epoll::UniqueFd fd) : fd_(std::move(fd)) {}
  // Breaks it off: no end, but a reset.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    fd_.reset();
  }
  Connection& send(const std::string& bytes) {
    EXPECT_EQ(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    return *this;
  }
  Connection& finish_sending() {
    EXPECT_EQ(::shutdown(fd_.get(), SHUT_WR), 0);
    return *this;
  }
  // Everything up to the end, or up to so many bytes; an error leaves a mark in it.
  std::string read_all(std::size_t most = std::string::npos) {
    std::string text;
    std::array<char, 4096> buffer;
    while (text.size() < most) {
      const std::size_t wanted = std::min(buffer.size(), most - text.size());
      // (A time limit of the socket would not do: SIGCONT then interrupts recv, see signal(7).)
      pollfd readable{fd_.get(), POLLIN, 0};
      if (::poll(&readable, 1, kMilliseconds) != 1) return text + "(error)";
      const auto count = ::recv(fd_.get(), buffer.data(), wanted, 0);
      if (count == 0) break;
      if (count < 0) return text + "(error)";
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
  }

 private:
  static constexpr int kMilliseconds = 20'000;  // the most that a read waits
  epoll::UniqueFd fd_;
};

}  // namespace programs
