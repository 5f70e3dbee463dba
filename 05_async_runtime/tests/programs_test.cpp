// The programs of this stage, as they are run.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../02_epoll_module/tests/running_program.hpp"
#include "epoll/tcp_listener.hpp"
#include "epoll/tcp_stream.hpp"

namespace {

using programs::Connection;
using programs::program_path;
using Program = programs::RunningProgram;
using Arguments = std::vector<std::string>;

TEST(Programs, a_command_line_that_is_not_understood_is_status_2_and_the_usage) {
  const std::vector<std::pair<std::string, std::vector<Arguments>>> wrong = {
      {"async_echo_server", {{"abc"}, {"99999"}, {"-1"}, {""}, {"1", "2"}, {"--nonsense"}}},
      {"chat_server", {{"abc"}, {"65536"}, {"0", "0"}, {"--trace", "0", "more"}}},
      {"http_server",
       {{"abc"},
        {"0", "1"},
        {"--threads"},
        {"--threads", "0"},
        {"--threads", "257"},
        {"--threads", "x"},
        {"--files"},
        {"--host"},
        {"--nonsense"}}},
      {"fetch",
       {{},
        {"ftp://a/"},
        {"127.0.0.1"},
        {"http://a/", "--timeout"},
        {"http://a/", "--timeout", "0"},
        {"http://a/", "--timeout", "1x"},
        {"--timeout", "1"}}},
      {"tcp_proxy",
       {{},
        {"127.0.0.1:0"},
        {"127.0.0.1:0", "127.0.0.1"},
        {"127.0.0.1:0", ":80"},
        {"127.0.0.1:99999", "127.0.0.1:80"},
        {"127.0.0.1:0", "127.0.0.1:80", "more"},
        {"127.0.0.1:0", "127.0.0.1:80", "--idle"},
        {"127.0.0.1:0", "127.0.0.1:80", "--idle", "0"},
        {"127.0.0.1:0", "127.0.0.1:80", "--connect"},
        {"127.0.0.1:0", "127.0.0.1:80", "--connect", "0"},
        {"127.0.0.1:0", "127.0.0.1:80", "--trace", "more"}}},
      {"supervise", {{}, {"--"}, {"true"}, {"-x", "true"}}},
  };
  for (const auto& [name, command_lines] : wrong) {
    for (const Arguments& arguments : command_lines) {
      SCOPED_TRACE(name + (arguments.empty() ? "" : " " + arguments.back()));
      Program program(name, arguments);
      EXPECT_EQ(program.end(), epoll::ExitStatus::exited(2));
      const std::string errors = program.read_errors();
      EXPECT_TRUE(errors.contains("\nusage: " + program_path(name) + " ")) << errors;
      EXPECT_EQ(program.read_output(), "");
    }
  }
}

TEST(Programs, help_tells_the_arguments_and_is_status_0) {
  for (const char* const name :
       {"async_echo_server", "chat_server", "http_server", "fetch", "tcp_proxy", "supervise"}) {
    Program program(name, {"--help"});
    EXPECT_EQ(program.end(), epoll::ExitStatus::exited(0)) << name;
    EXPECT_TRUE(program.read_output().starts_with("usage: " + program_path(name) + " ")) << name;
    EXPECT_EQ(program.read_errors(), "");
  }
}

// -- what the servers have in common, seen in the smallest of them -----------------------------------

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

TEST(AsyncServerProgram, sigterm_and_sigint_end_it_with_status_0_though_clients_are_there) {
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

TEST(AsyncServerProgram, sigusr1_shows_which_task_waits_where) {
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
  EXPECT_EQ(count("(TcpStream) close : "), 2) << text << "also of the client that was still there";
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

TEST(AsyncServerProgram, goes_on_when_its_trace_is_read_no_more) {
  Program server("async_echo_server", {"0", "--trace"});
  const auto address = server.address();
  server.child().standard_output->close();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(Connection(address).send("hello").finish_sending().read_all(), "hello");
  server.signal(SIGTERM);
  EXPECT_EQ(server.end(), epoll::ExitStatus::exited(0));
}

// C1: the original answers no more.
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

// -- supervise ----------------------------------------------------------------------------------

// Says that it is there, and what it is told; waits at its standard input, which stays open.
Arguments shell(const std::string& script) {
  return {"--", "sh", "-c", script};
}

TEST(Supervise, passes_sigterm_and_sigint_on_and_ends_when_the_child_has_ended) {
  for (const auto& [number, name] : {std::pair(SIGTERM, "TERM"), std::pair(SIGINT, "INT")}) {
    Program supervise("supervise",
                      shell(std::string("trap 'echo told; exit 3' ") + name + "; echo up; read x"));
    EXPECT_EQ(supervise.read_line(), "up\n");
    supervise.signal(number);
    EXPECT_EQ(supervise.end(), epoll::ExitStatus::exited(0));
    EXPECT_EQ(supervise.read_output(), "told\n") << "by the signal, and not killed";
    EXPECT_EQ(supervise.read_errors(), "");
  }
}

TEST(Supervise, waits_for_a_child_that_takes_its_time_and_passes_the_next_signal_on_too) {
  Program supervise("supervise", shell("trap 'echo told' TERM; trap 'exit 0' INT; echo up;"
                                       "while :; do read x; done"));
  EXPECT_EQ(supervise.read_line(), "up\n");
  for (int i = 0; i < 2; ++i) {
    supervise.signal(SIGTERM);
    EXPECT_EQ(supervise.read_line(), "told\n");
  }
  supervise.signal(SIGINT);
  EXPECT_EQ(supervise.end(), epoll::ExitStatus::exited(0));
}

TEST(Supervise, a_child_that_ends_well_is_the_end) {
  Program supervise("supervise", {"--", "true"});
  EXPECT_EQ(supervise.end(), epoll::ExitStatus::exited(0));
  EXPECT_EQ(supervise.read_errors(), "");
}

TEST(Supervise, a_child_that_fails_is_started_again_later_and_later_until_a_signal_comes) {
  Program supervise("supervise", shell("echo up; exit 3"));
  EXPECT_EQ(supervise.read_error_line(), "ended with 3, again in 0.1 s\n");
  EXPECT_EQ(supervise.read_error_line(), "ended with 3, again in 0.2 s\n");
  supervise.signal(SIGTERM);  // in the pause
  EXPECT_EQ(supervise.end(), epoll::ExitStatus::exited(0));
  EXPECT_TRUE(supervise.read_output().starts_with("up\nup\n"));
}

TEST(Supervise, a_child_that_is_killed_is_started_again) {
  Program supervise("supervise", shell("kill -KILL $$"));
  EXPECT_EQ(supervise.read_error_line(), "ended by signal 9, again in 0.1 s\n");
  supervise.signal(SIGINT);
  EXPECT_EQ(supervise.end(), epoll::ExitStatus::exited(0));
}

TEST(Supervise, a_program_that_cannot_be_started_is_status_1) {
  Program supervise("supervise", {"--", "/there/is/no/such/program"});
  EXPECT_EQ(supervise.end(), epoll::ExitStatus::exited(1));
  EXPECT_EQ(supervise.read_errors(), "/there/is/no/such/program: No such file or directory\n");
}

// -- tcp_proxy ----------------------------------------------------------------------------------

// An address that is ours, and at which no server listens until it is opened.
class Door {
 public:
  Door() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto any = epoll::SocketAddress::loopback(0);
    EXPECT_EQ(::bind(fd_.get(), any.data(), any.size()), 0);
  }
  [[nodiscard]] std::string address() const {
    return epoll::local_address_of(fd_.get()).value().to_string();
  }
  void open() const { EXPECT_EQ(::listen(fd_.get(), 1), 0); }
  [[nodiscard]] Connection accept() const {
    return Connection(epoll::UniqueFd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
  }
  // Sends `text` to the next client, and closes its connection: how many bytes were sent.
  [[nodiscard]] ssize_t let_in_and_greet(std::string_view text) const {
    const epoll::UniqueFd client(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    return ::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL);
  }
  // The same, once the client has sent the head of a request. Without an end: the connection, which
  // stays open.
  [[nodiscard]] epoll::UniqueFd let_in_and_answer(std::string_view text) const {
    epoll::UniqueFd client(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    std::string request;
    std::array<char, 1024> buffer{};
    while (!request.contains("\r\n\r\n")) {
      const ssize_t count = ::recv(client.get(), buffer.data(), buffer.size(), 0);
      if (count <= 0) break;
      request.append(buffer.data(), static_cast<std::size_t>(count));
    }
    EXPECT_EQ(::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL), text.size());
    return client;
  }

 private:
  epoll::UniqueFd fd_;
};

TEST(TcpProxy, hands_on_both_directions_and_a_half_close) {
  Program server("async_echo_server");
  Program proxy("tcp_proxy", {"127.0.0.1:0", server.address().to_string()});
  const auto address = proxy.address();
  Connection client(address);
  EXPECT_EQ(client.send("hello").read_all(5), "hello");
  Connection other(address);
  EXPECT_EQ(other.send("other").finish_sending().read_all(), "other");
  EXPECT_EQ(client.send("and goodbye").finish_sending().read_all(), "and goodbye");
}

TEST(TcpProxy, a_client_that_comes_while_no_server_is_behind_it_is_closed_and_the_next_is_served) {
  const Door behind;
  Program proxy("tcp_proxy", {"127.0.0.1:0", behind.address()});
  const auto address = proxy.address();
  EXPECT_EQ(Connection(address).read_all(), "");
  EXPECT_EQ(proxy.read_error_line(), behind.address() + ": Connection refused\n");
  behind.open();
  Connection client(address);
  EXPECT_EQ(behind.let_in_and_greet("hello"), 5);
  EXPECT_EQ(client.finish_sending().read_all(), "hello");
}

// A listener whose queue is full drops the next SYN [listen(2)]: as a machine that is down does.
TEST(TcpProxy, a_client_for_which_no_connection_is_made_in_time_is_closed_and_told_of) {
  auto silent = epoll::TcpListener::bind(epoll::SocketAddress::loopback(0), {.backlog = 0}).value();
  const auto behind = silent.local_address().value();
  // A queue of 0 has room for one. Whether the second one is let in, only time would tell.
  std::vector<epoll::TcpStream> queue;
  for (int i = 0; i < 4; ++i) queue.push_back(epoll::TcpStream::connect(behind).value());
  Program proxy("tcp_proxy", {"127.0.0.1:0", behind.to_string(), "--connect", "5"});
  const auto address = proxy.address();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Connection(address).read_all(), "");
    EXPECT_EQ(proxy.read_error_line(), behind.to_string() + ": Connection timed out\n");
  }
}

// The timers of established connections, as the kernel lists them: the ports, and which timer runs
// [proc(5), /proc/net/tcp].
std::string timers_of(std::uint16_t local_port, std::uint16_t remote_port) {
  std::ifstream table("/proc/net/tcp");
  std::string found;
  std::string line;
  while (std::getline(table, line)) {
    unsigned local = 0, remote = 0, state = 0, timer = 0;
    if (std::sscanf(line.c_str(), " %*d: %*x:%x %*x:%x %x %*x:%*x %x:", &local, &remote, &state,
                    &timer) != 4)
      continue;
    const bool is_meant = (local_port == 0 || local == local_port) &&
                          (remote_port == 0 || remote == remote_port) && state == 1;
    if (is_meant) found += std::to_string(timer) + ' ';
  }
  return found;
}

// The same once all that was sent has been acknowledged: until then the timer to send it again runs (1).
std::string timers_at_rest(std::uint16_t local_port, std::uint16_t remote_port) {
  std::string found;
  do {
    found = timers_of(local_port, remote_port);
  } while (found.contains('1'));
  return found;
}

TEST(TcpProxy, watches_both_of_its_connections_by_keep_alive) {
  Program server("async_echo_server");
  const auto behind = server.address();
  Program proxy("tcp_proxy", {"127.0.0.1:0", behind.to_string()});
  const auto address = proxy.address();
  Connection client(address);
  EXPECT_EQ(client.send("hello").read_all(5), "hello");
  // 2: nothing is to be sent again, and a timer runs, the one of SO_KEEPALIVE.
  EXPECT_EQ(timers_at_rest(address.port(), 0), "2 ") << "to the client";
  EXPECT_EQ(timers_at_rest(0, behind.port()), "2 ") << "to the server";
  EXPECT_EQ(timers_at_rest(behind.port(), 0), "0 ")
      << "the server itself has none: the test can tell";
}

TEST(TcpProxy, a_reset_of_either_side_is_passed_on_as_a_reset) {
  const Door behind;
  behind.open();
  Program proxy("tcp_proxy", {"127.0.0.1:0", behind.address()});
  const auto address = proxy.address();
  {
    Connection client(address);
    Connection server = behind.accept();
    EXPECT_EQ(server.send("half of a fi").read_all(0), "");
    EXPECT_EQ(client.read_all(12), "half of a fi");
    server.reset();
    EXPECT_EQ(client.read_all(), "(error)") << "half a file must not look whole";
  }
  Connection client(address);
  Connection server = behind.accept();
  EXPECT_EQ(client.send("half of a fi").read_all(0), "");
  EXPECT_EQ(server.read_all(12), "half of a fi");
  client.reset();
  EXPECT_EQ(server.read_all(), "(error)");
}

TEST(TcpProxy, a_connection_on_which_nothing_moves_is_broken_off) {
  const Door behind;
  behind.open();
  Program proxy("tcp_proxy", {"127.0.0.1:0", behind.address(), "--idle", "1"});
  Connection client(proxy.address());
  Connection server = behind.accept();
  server.send("x");
  EXPECT_EQ(client.read_all(), "x(error)");
  EXPECT_EQ(server.read_all(), "(error)");
}

TEST(TcpProxy, ends_on_a_signal_though_clients_are_there_and_tells_what_it_did) {
  Program server("async_echo_server");
  Program proxy("tcp_proxy", {"127.0.0.1:0", server.address().to_string(), "--trace"});
  Connection client(proxy.address());
  EXPECT_EQ(client.send("hello").read_all(5), "hello");
  proxy.signal(SIGTERM);
  EXPECT_EQ(proxy.end(), epoll::ExitStatus::exited(0));
  EXPECT_EQ(client.read_all(), "(error)") << "what is cut short must not look whole";
  const std::string text = proxy.read_output();
  EXPECT_TRUE(text.contains("(TcpStream) accept: ")) << text;
  EXPECT_TRUE(text.contains("(TcpStream) close : ")) << text;
  EXPECT_TRUE(text.contains("\nsystem calls: accept4 ")) << text;
}

// -- http_server --------------------------------------------------------------------------------

TEST(HttpServerProgram, drains_on_a_signal_and_each_of_its_threads_tells_what_it_did) {
  Program server("http_server", {"0", "--threads", "2", "--trace"});
  const auto address = server.address();
  const std::string answer = Connection(address).send("GET /hello HTTP/1.0\r\n\r\n").read_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  const Connection idle(address);
  server.signal(SIGTERM);
  EXPECT_EQ(server.end(), epoll::ExitStatus::exited(0));
  const std::string text = server.read_output();
  EXPECT_TRUE(text.contains("(TcpStream) accept: ")) << text;
  EXPECT_TRUE(text.contains("(TcpStream) close : ")) << text;
  const std::size_t first = text.find("\nturns ");
  EXPECT_NE(first, text.npos) << text;
  EXPECT_NE(text.find("\nturns ", first + 1), text.npos) << text;
  EXPECT_TRUE(text.contains("\nsystem calls: accept4 ")) << text;
}

TEST(HttpServerProgram, a_second_signal_ends_it_at_once_whichever_thread_is_waiting) {
  Program server("http_server", {"0", "--threads", "16"});
  const auto address = server.address();
  // It belongs to one of the threads; the first one, which waits for signals, has no client.
  Connection begun(address);
  begun.send(
      "POST /hello HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_TRUE(begun.read_all(12).starts_with("HTTP/1.1 100"));
  server.signal(SIGINT);
  while (epoll::UniqueFd client{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}) {
    if (::connect(client.get(), address.data(), address.size()) != 0) break;  // no thread accepts
  }
  server.signal(SIGINT);
  EXPECT_EQ(server.end(), epoll::ExitStatus::exited(1));
}

// DNS rebinding: allowed_hosts.hpp.
TEST(HttpServerProgram, answers_to_local_names_and_to_those_that_it_was_given) {
  Program server("http_server", {"0", "--host", "www.example.com"});
  const auto address = server.address();
  const auto ask = [&](const std::string& host) {
    return Connection(address)
        .send("GET /hello HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
        .read_all();
  };
  EXPECT_TRUE(ask(address.to_string()).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(ask("www.example.com").starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(ask("evil.example").starts_with("HTTP/1.1 421 "));
}

TEST(HttpServerProgram, a_folder_that_is_not_there_is_told_by_its_name) {
  Program server("http_server", {"0", "--files", "/there/is/no/such/folder"});
  EXPECT_EQ(server.end(), epoll::ExitStatus::exited(1));
  EXPECT_EQ(server.read_errors(),
            "cannot serve the files of /there/is/no/such/folder: No such file or directory\n");
}

// -- chat_server and fetch ----------------------------------------------------------------------

TEST(ChatServer, tells_a_line_to_all_others) {
  Program server("chat_server");
  const auto address = server.address();
  Connection first(address);
  // A guest that is told by another one has been let in, and so have all that came before.
  Connection second(address);
  Connection third(address);
  third.send("I am here\n");
  EXPECT_EQ(first.read_all(14), "#3: I am here\n");
  EXPECT_EQ(second.read_all(14), "#3: I am here\n");
}

TEST(Fetch, tells_how_each_page_went) {
  Program server("http_server");
  const std::string address = server.address().to_string();
  Program all("fetch", {"http://" + address + "/hello"});
  EXPECT_EQ(all.end(), epoll::ExitStatus::exited(0));
  EXPECT_EQ(all.read_output(), "200       28 http://" + address + "/hello\n");
  const Door closed;
  Program none("fetch", {"http://" + closed.address() + "/"});
  EXPECT_EQ(none.end(), epoll::ExitStatus::exited(1));
  EXPECT_EQ(none.read_output(), "http://" + closed.address() + "/: Connection refused\n");
}

TEST(Fetch, takes_a_body_of_any_size_and_drops_it) {
  Program server("http_server");
  const std::string address = server.address().to_string();
  Program fetch("fetch", {"http://" + address + "/stream?bytes=67108865"});
  EXPECT_EQ(fetch.end(), epoll::ExitStatus::exited(0));
  EXPECT_EQ(fetch.read_output(), "200 67108865 http://" + address + "/stream?bytes=67108865\n");
}

TEST(Fetch, says_what_is_wrong_with_an_answer) {
  for (const auto& [answer, what] :
       {std::pair("220 mail.example ESMTP\r\n", "no version such as HTTP/1.1"),
        std::pair("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHel", "the connection ended"),
        std::pair("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nHe",
                  "a second Content-Length")}) {
    const Door door;
    door.open();
    Program fetch("fetch", {"http://" + door.address() + "/"});
    door.let_in_and_answer(answer).reset();
    EXPECT_EQ(fetch.end(), epoll::ExitStatus::exited(1));
    const std::string told = fetch.read_output();
    EXPECT_TRUE(told.starts_with("http://" + door.address() + "/: " + what)) << told;
  }
}

TEST(Fetch, says_how_far_it_was_when_its_time_was_over) {
  const Door of_head;
  const Door of_body;
  of_head.open();
  of_body.open();
  Program fetch("fetch", {"http://" + of_head.address() + "/", "http://" + of_body.address() + "/",
                          "--timeout", "5"});
  const auto head = of_head.let_in_and_answer("HTTP/1.1 200 OK\r\nX: ");
  const auto body = of_body.let_in_and_answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHel");
  EXPECT_EQ(fetch.end(), epoll::ExitStatus::exited(1));
  const std::string told = fetch.read_output();
  EXPECT_TRUE(told.contains("http://" + of_head.address() +
                            "/: not whole after 5 s: waiting for the answer\n"))
      << told;
  EXPECT_TRUE(
      told.contains("http://" + of_body.address() + "/: not whole after 5 s: reading the body\n"))
      << told;
}

// -- original_runtime ---------------------------------------------------------------------------

TEST(OriginalRuntime, gives_back_what_it_is_sent_and_tells_each_step) {
  Program server("original_runtime");
  const auto address = server.address();
  std::string log;
  const auto read_log_until = [&](std::string_view step) {
    while (!log.contains(step)) {
      const std::string line = server.read_error_line();
      ASSERT_NE(line, "") << log;
      log += line;
    }
  };
  read_log_until("Start reactor main loop\n");
  read_log_until("(Reactor) add event: ");  // it waits for a client: now it has to be woken
  EXPECT_EQ(Connection(address).send("hello").finish_sending().read_all(), "hello");
  for (const char* const step :
       {"(TcpListener) listen: ", "(Reactor) wake up. nfd = ", "(Reactor) delete event: ",
        "(TcpStream)  accept: ", "(handle client) hello\n", "(TcpStream)  close : "})
    read_log_until(step);
}

TEST(OriginalRuntime, runs_as_many_tasks_as_its_queue_holds) {
  Program program("original_runtime", {"--spawn", "10000"});
  EXPECT_EQ(program.read_output(), "10000 tasks have run\n");
  EXPECT_EQ(program.end(), epoll::ExitStatus::exited(0));
}

}  // namespace
