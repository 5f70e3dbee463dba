// The program print_server, as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

#include "epoll/tcp_listener.hpp"
#include "running_program.hpp"

namespace {

using programs::Connection;
using programs::program_path;
using testing::HasSubstr;
using testing::StartsWith;
using Program = programs::RunningProgram;

TEST(PrintServerProgram, a_command_line_that_is_wrong_is_answered_with_the_usage) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{},
                                             {"99999"},
                                             {"-1"},
                                             {"port"},
                                             {""},
                                             {"80 "},
                                             {"1:80"},
                                             {"8000", "8001"},
                                             {"--nonsense"}}) {
    Program program("print_server", words);
    EXPECT_EQ(program.end(), epoll::ExitStatus::exited(2));
    EXPECT_THAT(program.read_errors(),
                HasSubstr("\nusage: " + program_path("print_server") + " port\n"));
    EXPECT_EQ(program.read_output(), "");
  }
}

TEST(PrintServerProgram, help_lists_the_arguments_and_is_status_0) {
  Program program("print_server", {"--help"});
  EXPECT_EQ(program.end(), epoll::ExitStatus::exited(0));
  EXPECT_THAT(program.read_output(),
              StartsWith("usage: " + program_path("print_server") + " port\n"));
}

TEST(PrintServerProgram, a_port_that_is_taken_is_an_error_that_says_so) {
  const auto other = epoll::TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
  const auto address = other.local_address().value();
  Program program("print_server", {std::to_string(address.port())});
  EXPECT_EQ(program.end(), epoll::ExitStatus::exited(1));
  EXPECT_EQ(program.read_errors(),
            "cannot listen on " + address.to_string() + ": Address already in use\n");
}

TEST(PrintServerProgram, prints_until_a_signal_stops_it_and_exits_with_0) {
  for (const int number : {SIGINT, SIGTERM}) {
    Program program("print_server");
    Connection client(program.address());
    client.send("hello\n");
    EXPECT_THAT(program.read_line(), StartsWith("Accepted connection: 127.0.0.1:"));
    EXPECT_EQ(program.read_line(), "hello\n");
    program.signal(number);
    EXPECT_EQ(program.end(), epoll::ExitStatus::exited(0));
  }
}

TEST(PrintServerProgram, keeps_serving_after_it_was_stopped_and_continued) {
  Program program("print_server");
  const auto address = program.address();
  program.stop_and_continue();
  Connection client(address);
  client.send("still here\n");
  (void)program.read_line();  // that it has come
  EXPECT_EQ(program.read_line(), "still here\n");
  program.signal(SIGTERM);
  EXPECT_EQ(program.end(), epoll::ExitStatus::exited(0));
}

}  // namespace
