// What the server programs of this stage have in common, seen in the smallest of them.
#include "async/http/server_program.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <sstream>
#include <string>
#include <vector>

#include "../../02_epoll_module/tests/running_program.hpp"

namespace {

using programs::Connection;
using programs::program_path;
using Program = programs::RunningProgram;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(AsyncServerProgram, says_where_it_listens_and_serves_there) {
  Program server("async_echo_server");
  const auto address = server.address();
  EXPECT_NE(address.port(), 0);
  EXPECT_EQ(Connection(address).send("hello").finish_sending().read_all(), "hello");
}

TEST(AsyncServerProgram, sigterm_and_sigint_end_it_with_status_0_whoever_is_there) {
  for (const int number : {SIGTERM, SIGINT}) {
    Program server("async_echo_server");
    Connection client(server.address());
    EXPECT_EQ(client.send("hello").read_all(5), "hello");
    server.signal(number);
    EXPECT_EQ(server.end(), epoll::ExitStatus::exited(0));
    EXPECT_EQ(client.read_all(), "");
    EXPECT_EQ(server.read_output(), "");
    EXPECT_EQ(server.read_errors(), "");
  }
}

TEST(AsyncServerProgram, sigusr1_shows_who_waits_where) {
  Program server("async_echo_server");
  Connection client(server.address());
  EXPECT_EQ(client.send("hello").read_all(5), "hello");
  for (int i = 0; i < 2; ++i) {
    server.signal(SIGUSR1);
    EXPECT_EQ(server.read_error_line(), "4 tasks\n");
    std::string echo;
    for (int task = 0; task < 4; ++task) {
      const std::string line = server.read_error_line();
      if (line.contains("async_echo_server.cpp")) echo = line;
    }
    EXPECT_TRUE(echo.contains("spawned at async_echo_server.cpp:")) << echo;
    EXPECT_TRUE(echo.contains(": waits at async_echo_server.cpp:")) << echo;
  }
  EXPECT_EQ(client.send("again").read_all(5), "again") << "and it goes on";
}

// Checklist 003-15: the lines of the original, and the sums at the end.
TEST(AsyncServerProgram, a_trace_tells_the_story_of_each_descriptor_and_what_it_came_to) {
  Program server("async_echo_server", {"--trace", "0"});
  const auto address = server.address();
  EXPECT_EQ(Connection(address).send("hello").finish_sending().read_all(), "hello");
  Connection stays(address);
  EXPECT_EQ(stays.send("x").read_all(1), "x");
  server.signal(SIGTERM);
  EXPECT_EQ(server.end(), epoll::ExitStatus::exited(0));
  const std::string text = server.read_output();
  const auto lines = lines_of(text);
  const auto count = [&](const std::string& begin) {
    return std::ranges::count_if(lines,
                                 [&](const std::string& line) { return line.starts_with(begin); });
  };
  EXPECT_EQ(count("(TcpListener) listen: "), 1) << text;
  EXPECT_EQ(count("(TcpStream) accept: "), 2) << text;
  EXPECT_EQ(count("(TcpStream) close : "), 2) << text << "also of the one who was still there";
  EXPECT_EQ(count("(TcpListener) close : "), 1) << text;
  EXPECT_GE(count("(Reactor) wake up. nfd = "), 2) << text;
  // Each is added once and taken out once: the listener, the signals, a client that has to wait.
  EXPECT_GE(count("(Reactor) add event: "), 3) << text;
  EXPECT_EQ(count("(Reactor) delete event: "), count("(Reactor) add event: ") - 1)
      << text << "the signals outlive the loop";
  ASSERT_GE(lines.size(), 2U);
  const std::string counters = lines[lines.size() - 2];
  EXPECT_TRUE(counters.starts_with("turns ")) << counters;
  EXPECT_TRUE(counters.contains(", events ")) << counters;
  EXPECT_TRUE(counters.ends_with(", woken for nothing 0")) << counters;
  const std::string calls = lines.back();
  EXPECT_TRUE(calls.starts_with("system calls: accept4 ")) << calls;
  EXPECT_TRUE(calls.contains(", send 2")) << calls;
}

TEST(AsyncServerProgram, goes_on_when_nobody_reads_its_trace_any_more) {
  Program server("async_echo_server", {"0", "--trace"});
  const auto address = server.address();
  server.child().standard_output->close();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(Connection(address).send("hello").finish_sending().read_all(), "hello");
  server.signal(SIGTERM);
  EXPECT_EQ(server.end(), epoll::ExitStatus::exited(0));
}

// C1: the original answers nobody any more.
TEST(AsyncServerProgram, goes_on_after_it_was_stopped_and_continued) {
  Program server("async_echo_server");
  const auto address = server.address();
  Connection old(address);
  for (int i = 0; i < 3; ++i) {
    server.signal(SIGSTOP);
    server.signal(SIGCONT);
    EXPECT_EQ(old.send("old").read_all(3), "old");
    EXPECT_EQ(Connection(address).send("new").finish_sending().read_all(), "new");
  }
}

TEST(AsyncServerProgram, a_port_that_is_taken_ends_it_with_status_1) {
  Program first("async_echo_server");
  const std::string port = std::to_string(first.address().port());
  Program second("async_echo_server", {port});
  EXPECT_EQ(second.end(), epoll::ExitStatus::exited(1));
  EXPECT_EQ(second.read_errors(),
            "cannot listen on 127.0.0.1:" + port + ": Address already in use\n");
  EXPECT_EQ(second.read_output(), "");
}

}  // namespace
