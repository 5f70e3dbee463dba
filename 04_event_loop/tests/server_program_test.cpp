#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "../../02_epoll_module/tests/running_program.hpp"
#include "epoll/descriptor_limit.hpp"
#include "epoll/poll.hpp"
#include "event_loop/event_loop.hpp"
#include "support/hello.hpp"
#include "support/server_start.hpp"

namespace {

using programs::Connection;
using programs::program_path;
using Server = programs::RunningProgram;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

std::string body_of(const std::string& answer) {
  const auto end_of_head = answer.find("\r\n\r\n");
  return end_of_head == answer.npos ? "(no answer)" : answer.substr(end_of_head + 4);
}

const std::string kGet = "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";

TEST(ServerProgram, says_where_it_listens_and_answers_there) {
  Server server("hello_server");
  const auto address = server.address();
  EXPECT_NE(address.port(), 0);
  const std::string answer = Connection(address).send(kGet).read_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_EQ(body_of(answer), examples::kHello);
}

TEST(ServerProgram, the_echo_server_gives_a_body_back_and_nothing_for_a_get) {
  Server server("echo_server");
  const auto address = server.address();
  EXPECT_EQ(body_of(Connection(address)
                        .send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 13\r\n"
                              "Connection: close\r\n\r\nname=WasmEdge")
                        .read_all()),
            "name=WasmEdge");
  const std::string empty = Connection(address).send(kGet).read_all();
  EXPECT_TRUE(empty.starts_with("HTTP/1.1 200 OK\r\n")) << empty;
  EXPECT_EQ(body_of(empty), "");
}

TEST(ServerProgram, sigterm_and_sigint_end_it_with_status_0) {
  for (const int number : {SIGTERM, SIGINT}) {
    Server server("hello_server");
    const auto address = server.address();
    Connection(address).send(kGet).read_all();
    server.signal(number);
    EXPECT_EQ(server.end(), epoll::ExitStatus::exited(0));
    EXPECT_EQ(server.read_output(), "");
    EXPECT_EQ(server.read_errors(), "");
  }
}

TEST(ServerProgram, an_idle_connection_does_not_delay_its_end) {
  Server server("hello_server");
  Connection idle(server.address());
  server.signal(SIGTERM);
  EXPECT_EQ(server.end(), epoll::ExitStatus::exited(0));
  EXPECT_EQ(idle.read_all(), "");
}

TEST(ServerProgram, a_request_that_has_begun_is_answered_before_it_ends) {
  Server server("hello_server", {"0", "--verbose"});
  const auto address = server.address();
  Connection busy(address);
  busy.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\n1");
  while (!server.read_line().starts_with("set content length")) continue;
  server.signal(SIGTERM);
  // It listens no more as soon as it drains; until then this client is let in, and then closed.
  while (true) {
    const epoll::UniqueFd late(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(late.get(), address.data(), address.size()) != 0) break;
  }
  // (The one that stood in the queue just then is reset.)
  EXPECT_TRUE(errno == ECONNREFUSED || errno == ECONNRESET) << errno;
  busy.send("2");
  const std::string answer = busy.read_all();
  EXPECT_EQ(body_of(answer), examples::kHello);
  EXPECT_TRUE(answer.contains("Connection: close\r\n")) << answer;
  {
    [[maybe_unused]] const Connection gone = std::move(busy);
  }
  EXPECT_EQ(server.end(), epoll::ExitStatus::exited(0));
}

TEST(ServerProgram, a_second_signal_does_not_wait_for_the_clients) {
  Server server("hello_server", {"0", "--verbose"});
  const auto address = server.address();
  Connection busy(address);
  busy.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\n1");
  while (!server.read_line().starts_with("set content length")) continue;
  const auto begin = event_loop::Clock::now();
  server.signal(SIGTERM);
  while (true) {
    const epoll::UniqueFd late(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(late.get(), address.data(), address.size()) != 0) break;
  }
  server.signal(SIGTERM);
  EXPECT_EQ(server.end(), epoll::ExitStatus::exited(0));
  EXPECT_LT(event_loop::Clock::now() - begin, 10s) << "it has waited for the client after all";
  (void)busy.read_all();
}

TEST(ServerProgram, says_that_it_ends_while_it_still_serves) {
  for (const char* const name : {"hello_server", "echo_server"}) {
    Server server(name, {"0", "--drain-delay", "3600"});
    const auto address = server.address();
    const auto ask = [&](const std::string& method, const std::string& target) {
      return Connection(address)
          .send(method + ' ' + target + " HTTP/1.1\r\nHost: test\r\n\r\n")
          .finish_sending()
          .read_all();
    };
    EXPECT_TRUE(ask("GET", "/health").starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(ask("HEAD", "/health").starts_with("HTTP/1.1 200 OK\r\n"));
    server.signal(SIGTERM);
    while (!ask("GET", "/health").starts_with("HTTP/1.1 503 ")) continue;
    const std::string answer = ask("GET", "/");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_TRUE(answer.contains("Connection: close\r\n")) << answer;
    server.signal(SIGTERM);
    EXPECT_EQ(server.end(), epoll::ExitStatus::exited(0));
  }
}

TEST(ServerProgram, a_port_that_is_taken_ends_it_with_status_1) {
  Server first("hello_server");
  const std::string port = std::to_string(first.address().port());
  Server second("hello_server", {port});
  EXPECT_EQ(second.end(), epoll::ExitStatus::exited(1));
  EXPECT_EQ(second.read_errors(),
            "cannot listen on 127.0.0.1:" + port + ": Address already in use\n");
  EXPECT_EQ(second.read_output(), "");
}

TEST(ServerProgram, a_command_line_that_it_does_not_know_ends_it_with_status_2_and_the_usage) {
  const std::vector<std::vector<std::string>> wrong = {{"abc"},
                                                       {"99999"},
                                                       {"-1"},
                                                       {""},
                                                       {"80", "81"},
                                                       {"--nonsense"},
                                                       {"0", "--quiet", "more"},
                                                       {"--drain-delay"},
                                                       {"--drain-delay", "-1"},
                                                       {"--drain-delay", "3601"}};
  for (const auto& arguments : wrong) {
    for (const char* const name : {"hello_server", "echo_server"}) {
      Server server(name, arguments);
      EXPECT_EQ(server.end(), epoll::ExitStatus::exited(2)) << arguments.front();
      const std::string errors = server.read_errors();
      EXPECT_TRUE(errors.contains("\nusage: " + program_path(name) + " [port]")) << errors;
      EXPECT_EQ(server.read_output(), "");
    }
  }
}

TEST(ServerProgram, help_lists_the_arguments_and_ends_it_with_status_0) {
  for (const char* const name : {"hello_server", "echo_server"}) {
    Server server(name, {"--help"});
    EXPECT_EQ(server.end(), epoll::ExitStatus::exited(0));
    const std::string text = server.read_output();
    EXPECT_TRUE(text.starts_with("usage: " + program_path(name) + " [port]")) << text;
    EXPECT_TRUE(text.contains("\n  --verbose ")) << text;
    EXPECT_EQ(server.read_errors(), "");
  }
}

TEST(ServerProgram, verbose_writes_the_lines_of_the_originals) {
  Server server("hello_server", {"--verbose", "0"});
  const auto address = server.address();
  Connection(address).send(kGet).read_all();
  EXPECT_TRUE(server.read_line().starts_with("new client: 127.0.0.1:"));
  EXPECT_EQ(server.read_line(), "got all data: " + std::to_string(kGet.size()) + " bytes\n");
  EXPECT_EQ(server.read_line(), "requests in flight: 1\n");
  EXPECT_EQ(server.read_line(), "answered from request 101\n");
}

TEST(ServerProgram, raises_its_limit_of_open_files_and_says_so) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low{64, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  Server server("hello_server");
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  (void)server.address();
  EXPECT_EQ(server.read_error_line(),
            "open files: at most " + std::to_string(before.rlim_max) + ", raised from 64\n");
  std::ifstream limits("/proc/" + std::to_string(server.child().pid()) + "/limits");
  const std::string text{std::istreambuf_iterator<char>(limits), {}};
  const std::string most = std::to_string(before.rlim_max);
  EXPECT_TRUE(std::regex_search(text, std::regex("Max open files +" + most + " +" + most))) << text;
}

TEST(ServerProgram, takes_no_more_connections_than_it_has_descriptors_for) {
  const auto limit = epoll::raise_descriptor_limit().value().now;
  std::size_t max_connections = 10'000;
  examples::fit_connections(max_connections, 16, (limit - 16) / 4, true);
  EXPECT_EQ(max_connections, 4u);
  examples::fit_connections(max_connections, 16, 1, true);
  EXPECT_EQ(max_connections, 4u) << "there is room for more, but more were not asked for";
  examples::fit_connections(max_connections, limit, 1, true);
  EXPECT_EQ(max_connections, 1u) << "without any it would serve no client";
}

TEST(ServerProgram, quiet_does_not_even_say_where_it_listens) {
  Server server("hello_server", {"0", "--quiet"});
  // It is up once it has blocked SIGTERM, to read it from its loop.
  const std::string status = "/proc/" + std::to_string(server.child().pid()) + "/status";
  const auto blocks_sigterm = [&] {
    std::ifstream file(status);
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("SigBlk:"))
        return (std::stoull(line.substr(7), nullptr, 16) >> (SIGTERM - 1) & 1) != 0;
    }
    return false;
  };
  auto poll = epoll::Poll::create().value();
  ASSERT_TRUE(poll.add(server.child().fd(), {}, epoll::Interest::read(), epoll::Trigger::level));
  epoll::Events events(1);
  while (!blocks_sigterm()) {
    ASSERT_TRUE(poll.wait(events, 1ms));
    ASSERT_TRUE(events.empty()) << "it has ended by itself";
  }
  server.signal(SIGTERM);
  EXPECT_EQ(server.end(), epoll::ExitStatus::exited(0));
  EXPECT_EQ(server.read_output(), "");
}

TEST(ServerProgram, keeps_serving_when_its_log_is_no_longer_read) {  // A29
  Server server("hello_server", {"0", "--verbose"});
  const auto address = server.address();
  server.child().standard_output->close();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(body_of(Connection(address).send(kGet).read_all()), examples::kHello);
  server.signal(SIGTERM);
  EXPECT_EQ(server.end(), epoll::ExitStatus::exited(0));
}

TEST(ServerProgram, keeps_serving_after_it_was_stopped_and_continued) {  // A20
  Server server("hello_server");
  const auto address = server.address();
  for (int i = 0; i < 3; ++i) {
    server.stop_and_continue();
    EXPECT_EQ(body_of(Connection(address).send(kGet).read_all()), examples::kHello);
  }
  server.signal(SIGTERM);
  EXPECT_EQ(server.end(), epoll::ExitStatus::exited(0));
}

}  // namespace
