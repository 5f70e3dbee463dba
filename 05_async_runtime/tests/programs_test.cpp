// The programs of this stage, as they are run.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "../../02_epoll_module/tests/running_program.hpp"
#include "epoll/tcp_listener.hpp"
#include "epoll/tcp_stream.hpp"

namespace programs_test {

using programs::Connection;
using programs::program_path;
using Program = programs::RunningProgram;
using Arguments = std::vector<std::string>;

// How a program ended, and what it has written.
struct End {
  int status;  // of its exit; -1: it was killed
  std::string output, errors;
  bool operator==(const End&) const = default;
  friend void PrintTo(const End& end, std::ostream* out) {
    *out << "status " << end.status << ", output:\n" << end.output << "errors:\n" << end.errors;
  }
};
End end_of(Program& program) {
  const auto ended = program.end();
  const int status = ended ? ended->code().value_or(-1) : -1;
  return {status, program.read_output(), program.read_errors()};
}
// A server that listens.
class Server : public Program {
 public:
  explicit Server(const std::string& name, Arguments arguments = {"0"})
      : Program(name, std::move(arguments)),
        address(Program::address()),
        place(address.to_string()) {}
  // In good order: what it has written.
  std::string output_after(int number) {
    signal(number);
    EXPECT_EQ(end(), epoll::ExitStatus::exited(0));
    return read_output();
  }
  const epoll::SocketAddress address;
  const std::string place;  // the same as text
};
void expect_parts(const std::string& text, const std::vector<std::string>& parts) {
  for (const auto& part : parts)
    EXPECT_TRUE(text.contains(part)) << part << " is not in:\n" << text;
}
End run(const std::string& name, const Arguments& arguments) {
  Program program(name, arguments);
  return end_of(program);
}
// As a shell would take them apart; '' is an empty one.
Arguments words_of(const std::string& line) {
  Arguments words;
  std::istringstream stream(line);
  for (std::string word; stream >> word;) words.push_back(word == "''" ? "" : word);
  return words;
}
// What comes back from a server that is sent `bytes`, up to the end.
std::string answer_of(const epoll::SocketAddress& server, const std::string& bytes) {
  return Connection(server).send(bytes).finish_sending().read_all();
}
// A client that has been served once, and stays.
Connection echoed(const epoll::SocketAddress& server) {
  Connection client(server);
  EXPECT_EQ(client.send("hello").read_all(5), "hello");
  return client;
}

TEST(Programs, a_command_line_that_is_not_understood_is_status_2_and_the_usage) {
  const std::string proxy = "127.0.0.1:0 127.0.0.1:80 ";
  const std::vector<std::pair<std::string, std::vector<std::string>>> wrong = {
      {"async_echo_server", {"abc", "99999", "-1", "''", "1 2", "--nonsense"}},
      {"chat_server", {"abc", "65536", "0 0", "--trace 0 more"}},
      {"http_server",
       {"abc", "0 1", "--threads", "--threads 0", "--threads 257", "--threads x", "--files",
        "--host", "--nonsense", "--drain-delay", "--drain-delay 3601"}},
      {"fetch",
       {"", "ftp://a/", "127.0.0.1", "http://a/ --timeout", "http://a/ --timeout 0",
        "http://a/ --timeout 1x", "--timeout 1"}},
      {"tcp_proxy",
       {"", "127.0.0.1:0", "127.0.0.1:0 127.0.0.1", "127.0.0.1:0 :80",
        "127.0.0.1:99999 127.0.0.1:80", proxy + "more", proxy + "--idle", proxy + "--idle 0",
        proxy + "--connect", proxy + "--connect 0", proxy + "--trace more"}},
      {"supervise", {"", "--", "true", "-x true"}},
  };
  for (const auto& [name, command_lines] : wrong) {
    for (const std::string& line : command_lines) {
      SCOPED_TRACE(name + ' ' + line);
      const End end = run(name, words_of(line));
      EXPECT_EQ(end, (End{2, "", end.errors}));
      EXPECT_TRUE(end.errors.contains("\nusage: " + program_path(name) + " ")) << end.errors;
    }
  }
}

TEST(Programs, help_lists_the_arguments_and_is_status_0) {
  for (const char* const name :
       {"async_echo_server", "chat_server", "http_server", "fetch", "tcp_proxy", "supervise"}) {
    const End end = run(name, {"--help"});
    EXPECT_EQ(end, (End{0, end.output, ""}));
    EXPECT_TRUE(end.output.starts_with("usage: " + program_path(name) + " ")) << name;
  }
}

// What the servers have in common, seen in the smallest of them.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(AsyncServerProgram, says_where_it_listens_and_serves_there) {
  Server server("async_echo_server");
  EXPECT_NE(server.address.port(), 0);
  EXPECT_EQ(answer_of(server.address, "hello"), "hello");
}

TEST(AsyncServerProgram, sigterm_and_sigint_end_it_with_status_0_though_clients_are_there) {
  for (const int number : {SIGTERM, SIGINT}) {
    Server server("async_echo_server");
    Connection client = echoed(server.address);
    server.signal(number);
    EXPECT_EQ(end_of(server), (End{0, "", ""}));
    EXPECT_EQ(client.read_all(), "");
  }
}

TEST(AsyncServerProgram, sigusr1_shows_which_task_waits_where) {
  Server server("async_echo_server");
  Connection client = echoed(server.address);
  for (int i = 0; i < 2; ++i) {
    server.signal(SIGUSR1);
    EXPECT_EQ(server.read_error_line(), "4 tasks\n");
    std::string echo;
    for (int task = 0; task < 4; ++task) {
      const std::string line = server.read_error_line();
      if (line.contains("async_echo_server.cpp")) echo = line;
    }
    expect_parts(echo, {"spawned at async_echo_server.cpp:", ": waits at async_echo_server.cpp:"});
  }
  EXPECT_EQ(client.send("again").read_all(5), "again") << "and it goes on";
}

// Checklist 003-15: the lines of the original, and the sums at the end.
TEST(AsyncServerProgram, a_trace_shows_the_life_of_each_descriptor_and_how_it_ended) {
  Server server("async_echo_server", {"--trace", "0"});
  EXPECT_EQ(answer_of(server.address, "hello"), "hello");
  const Connection stays = echoed(server.address);
  const std::string text = server.output_after(SIGTERM);
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
  expect_parts(counters + '\n', {", events ", ", woken for nothing 0\n"});
  EXPECT_TRUE(lines.back().starts_with("system calls: accept4 ")) << text;
  expect_parts(lines.back(), {", send 2"});
}

TEST(AsyncServerProgram, keeps_serving_when_its_trace_is_no_longer_read) {
  Server server("async_echo_server", {"0", "--trace"});
  server.child().standard_output->close();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(answer_of(server.address, "hello"), "hello");
  (void)server.output_after(SIGTERM);
}

// C1: the original answers no more.
TEST(AsyncServerProgram, keeps_serving_after_it_was_stopped_and_continued) {
  Server server("async_echo_server");
  Connection old(server.address);
  for (int i = 0; i < 3; ++i) {
    server.signal(SIGSTOP);
    server.signal(SIGCONT);
    EXPECT_EQ(old.send("old").read_all(3), "old");
    EXPECT_EQ(answer_of(server.address, "new"), "new");
  }
}

TEST(AsyncServerProgram, a_port_that_is_taken_ends_it_with_status_1) {
  Server first("async_echo_server");
  const std::string port = std::to_string(first.address.port());
  EXPECT_EQ(run("async_echo_server", {port}),
            (End{1, "", "cannot listen on 127.0.0.1:" + port + ": Address already in use\n"}));
}

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
    EXPECT_EQ(end_of(supervise), (End{0, "told\n", ""})) << "by the signal, and not killed";
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
  EXPECT_EQ(end_of(supervise).status, 0);
}

TEST(Supervise, a_child_that_ends_well_is_the_end) {
  EXPECT_EQ(run("supervise", {"--", "true"}), (End{0, "", ""}));
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
  EXPECT_EQ(end_of(supervise).status, 0);
}

TEST(Supervise, a_program_that_cannot_be_started_is_status_1) {
  const std::string path = "/there/is/no/such/program";
  EXPECT_EQ(run("supervise", {"--", path}), (End{1, "", path + ": No such file or directory\n"}));
}

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
  // Sends `text` to the next client, which has sent the head of a request.
  [[nodiscard]] Connection let_in_and_answer(const std::string& text) const {
    Connection client = accept();
    std::string request, byte;
    while (!request.contains("\r\n\r\n") && !(byte = client.read_all(1)).empty()) request += byte;
    client.send(text);
    return client;
  }

 private:
  epoll::UniqueFd fd_;
};

TEST(TcpProxy, hands_on_both_directions_and_a_half_close) {
  Server server("async_echo_server");
  Server proxy("tcp_proxy", {"127.0.0.1:0", server.place});
  Connection client = echoed(proxy.address);
  EXPECT_EQ(answer_of(proxy.address, "other"), "other");
  EXPECT_EQ(client.send("and goodbye").finish_sending().read_all(), "and goodbye");
}

TEST(TcpProxy, a_client_that_comes_while_no_server_is_behind_it_is_closed_and_the_next_is_served) {
  const Door behind;
  Server proxy("tcp_proxy", {"127.0.0.1:0", behind.address()});
  EXPECT_EQ(Connection(proxy.address).read_all(), "");
  EXPECT_EQ(proxy.read_error_line(), behind.address() + ": Connection refused\n");
  behind.open();
  Connection client(proxy.address);
  behind.accept().send("hello");
  EXPECT_EQ(client.finish_sending().read_all(), "hello");
}

// A listener whose queue is full drops the next SYN [listen(2)]: as a machine that is down does.
TEST(TcpProxy, a_client_for_which_no_connection_is_made_in_time_is_closed_and_reported) {
  auto silent = epoll::TcpListener::bind(epoll::SocketAddress::loopback(0), {.backlog = 0}).value();
  const auto behind = silent.local_address().value();
  // A queue of 0 has room for one. Whether the second one is let in, only time would tell.
  std::vector<epoll::TcpStream> queue;
  for (int i = 0; i < 4; ++i) queue.push_back(epoll::TcpStream::connect(behind).value());
  Server proxy("tcp_proxy", {"127.0.0.1:0", behind.to_string(), "--connect", "5"});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Connection(proxy.address).read_all(), "");
    EXPECT_EQ(proxy.read_error_line(), behind.to_string() + ": Connection timed out\n");
  }
}

// The timers of established connections, as the kernel lists them: the ports, and which timer runs
// [proc(5), /proc/net/tcp]. 0 is any port. Once all that was sent has been acknowledged: until then the
// timer to send it again runs (1).
std::string timers_at_rest(std::uint16_t local_port, std::uint16_t remote_port) {
  std::string found = "1";
  while (found.contains('1')) {
    found.clear();
    std::ifstream table("/proc/net/tcp");
    for (std::string line; std::getline(table, line);) {
      unsigned local = 0, remote = 0, state = 0, timer = 0;
      if (std::sscanf(line.c_str(), " %*d: %*x:%x %*x:%x %x %*x:%*x %x:", &local, &remote, &state,
                      &timer) == 4 &&
          (local_port == 0 || local == local_port) && (remote_port == 0 || remote == remote_port) &&
          state == 1)
        found += std::to_string(timer) + ' ';
    }
  }
  return found;
}

TEST(TcpProxy, watches_both_of_its_connections_by_keep_alive) {
  Server server("async_echo_server");
  Server proxy("tcp_proxy", {"127.0.0.1:0", server.place});
  Connection client = echoed(proxy.address);
  // 2: nothing is to be sent again, and a timer runs, the one of SO_KEEPALIVE.
  EXPECT_EQ(timers_at_rest(proxy.address.port(), 0), "2 ") << "to the client";
  EXPECT_EQ(timers_at_rest(0, server.address.port()), "2 ") << "to the server";
  EXPECT_EQ(timers_at_rest(server.address.port(), 0), "0 ")
      << "the server itself has none: the test can tell";
}

TEST(TcpProxy, a_reset_of_either_side_is_passed_on_as_a_reset) {
  const Door behind;
  behind.open();
  Server proxy("tcp_proxy", {"127.0.0.1:0", behind.address()});
  for (const bool server_breaks : {true, false}) {
    Connection client(proxy.address);
    Connection server = behind.accept();
    Connection& breaks = server_breaks ? server : client;
    Connection& hears = server_breaks ? client : server;
    breaks.send("half of a fi");
    EXPECT_EQ(hears.read_all(12), "half of a fi");
    breaks.reset();
    EXPECT_EQ(hears.read_all(), "(error)") << "half a file must not look whole";
  }
}

TEST(TcpProxy, a_connection_on_which_nothing_moves_is_broken_off) {
  const Door behind;
  behind.open();
  Server proxy("tcp_proxy", {"127.0.0.1:0", behind.address(), "--idle", "1"});
  Connection client(proxy.address);
  Connection server = behind.accept();
  server.send("x");
  EXPECT_EQ(client.read_all(), "x(error)");
  EXPECT_EQ(server.read_all(), "(error)");
}

const Arguments kTrace{"(TcpStream) accept: ", "(TcpStream) close : ", "\nturns ",
                       "\nsystem calls: accept4 "};

TEST(TcpProxy, ends_on_a_signal_though_clients_are_there_and_reports_what_it_did) {
  Server server("async_echo_server");
  Server proxy("tcp_proxy", {"127.0.0.1:0", server.place, "--trace"});
  Connection client = echoed(proxy.address);
  const std::string text = proxy.output_after(SIGTERM);
  EXPECT_EQ(client.read_all(), "(error)") << "what is cut short must not look whole";
  expect_parts(text, kTrace);
}

TEST(HttpServerProgram, drains_on_a_signal_and_each_of_its_threads_reports_what_it_did) {
  Server server("http_server", {"0", "--threads", "2", "--trace"});
  const std::string answer = answer_of(server.address, "GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  const Connection idle(server.address);
  const std::string text = server.output_after(SIGTERM);
  expect_parts(text, kTrace);
  EXPECT_NE(text.find("\nturns "), text.rfind("\nturns ")) << text;
}

TEST(HttpServerProgram, says_that_it_ends_while_it_still_serves) {
  Server server("http_server", {"0", "--threads", "2", "--drain-delay", "3600"});
  const auto ask = [&](const std::string& target) {
    return answer_of(server.address, "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  };
  EXPECT_TRUE(ask("/health").starts_with("HTTP/1.1 200 "));
  server.signal(SIGTERM);
  while (!ask("/health").starts_with("HTTP/1.1 503 ")) continue;
  while (!ask("/hello").contains("Connection: close\r\n")) continue;  // the other thread, too
  EXPECT_TRUE(ask("/hello").starts_with("HTTP/1.1 200 "));
  server.signal(SIGTERM);
  EXPECT_EQ(server.end(), epoll::ExitStatus::exited(1));
}

TEST(HttpServerProgram, says_which_client_asks_for_what) {
  Server server("http_server", {"0", "--verbose"});
  (void)answer_of(server.address, "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const std::string line = server.read_line();
  EXPECT_TRUE(line.starts_with("127.0.0.1:") && line.ends_with(" GET /hello\n")) << line;
}

// The address that the proxy tells: tests of HttpService.
TEST(HttpServerProgram, closes_a_connection_without_the_header_of_its_proxy) {
  Server server("http_server", {"0", "--proxy-protocol"});
  Connection client(server.address);
  (void)client.send("GET").read_all();
  EXPECT_EQ(server.read_error_line(),
            "closed a connection: its PROXY header is missing or invalid\n");
}

// Whether any socket listens there: state 0A of /proc/net/tcp [proc_pid_net(5)]. A client could find
// that out, too, but may wait for ever: if a listener of a group (SO_REUSEPORT) is closed at the
// moment when the handshake ends, the client is connected to nothing, and not even reset.
bool is_listening(const epoll::SocketAddress& address) {
  std::ostringstream port;
  port << std::hex << std::uppercase << std::setfill('0') << std::setw(4) << address.port();
  std::ifstream table("/proc/net/tcp");
  std::string line;
  std::getline(table, line);  // the titles
  // The listeners come first [the kernel's proc_net_tcp.rst]. There may be ten thousand others, which
  // would take seconds to read.
  while (std::getline(table, line) && line.contains(" 0A ")) {
    if (line.contains(":" + port.str() + " 00000000:0000 0A ")) return true;
  }
  return false;
}

TEST(HttpServerProgram, a_second_signal_ends_it_at_once_whichever_thread_is_waiting) {
  Server server("http_server", {"0", "--threads", "16"});
  // It belongs to one of the threads; the first one, which waits for signals, has no client.
  Connection begun(server.address);
  begun.send(
      "POST /hello HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_TRUE(begun.read_all(12).starts_with("HTTP/1.1 100"));
  server.signal(SIGINT);
  while (is_listening(server.address)) std::this_thread::yield();
  server.signal(SIGINT);
  EXPECT_EQ(server.end(), epoll::ExitStatus::exited(1));
}

// DNS rebinding: allowed_hosts.hpp.
TEST(HttpServerProgram, answers_to_local_names_and_to_those_that_it_was_given) {
  Server server("http_server", {"0", "--host", "www.example.com"});
  const auto ask = [&](const std::string& host) {
    return Connection(server.address)
        .send("GET /hello HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
        .read_all();
  };
  EXPECT_TRUE(ask(server.place).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(ask("www.example.com").starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(ask("evil.example").starts_with("HTTP/1.1 421 "));
}

// A request that ends its connection, and what comes back.
std::string ask(const Server& server, const std::string& target) {
  return answer_of(server.address,
                   "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
}

const std::vector<std::string> kLivePaths = {"/live", "/live/events", "/metrics"};

TEST(HttpServerProgram, shows_nothing_of_itself_without_the_option) {
  const Server server("http_server");
  for (const auto& path : kLivePaths)
    EXPECT_TRUE(ask(server, path).starts_with("HTTP/1.1 404 ")) << path;
}

// The header of a proxy whose client has this address (epoll/proxy_protocol.hpp).
std::string proxied(const std::string& address) {
  const auto from = epoll::SocketAddress::parse(address).value();
  const bool is_v4 = from.family() == AF_INET;
  const std::size_t size = is_v4 ? 4 : 16;
  std::string header("\r\n\r\n\0\r\nQUIT\n\x21", 13);
  header += is_v4 ? '\x11' : '\x21';
  header += '\0';
  header += static_cast<char>(2 * size + 4);
  header.append(reinterpret_cast<const char*>(from.data()) + (is_v4 ? 4 : 8), size);
  return header.append(size + 4, '\0');
}

TEST(HttpServerProgram, shows_itself_to_clients_of_this_machine_only) {
  const Server server("http_server", {"0", "--live", "--proxy-protocol", "--host", "a.example"});
  const std::string here = proxied("127.0.0.1:80");
  const auto status = [&](const std::string& client, const std::string& request) {
    Connection connection(server.address);  // the answer may have no end
    connection.send(client + request + "Connection: close\r\n\r\n");
    return connection.read_all(12).substr(9);
  };
  for (const auto& path : kLivePaths) {
    const std::string get = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n";
    for (const char* const client : {"127.0.0.1:80", "[::1]:80", "[::ffff:127.0.0.1]:80"})
      EXPECT_EQ(status(proxied(client), get), "200") << client << path;
    for (const char* const client : {"203.0.113.7:80", "[2001:db8::1]:80", "[::ffff:10.0.0.1]:80"})
      EXPECT_EQ(status(proxied(client), get), "403") << client << path;
    for (const char* const field : {"X-Forwarded-For: 127.0.0.1", "Forwarded: for=x", "Via: 1.1 b"})
      EXPECT_EQ(status(here, get + field + "\r\n"), "403") << field << path;
    EXPECT_EQ(status(here, "GET " + path + " HTTP/1.1\r\nHost: a.example\r\n"), "403") << path;
    EXPECT_EQ(status(here, "DELETE " + path + " HTTP/1.1\r\nHost: a\r\n"), "405") << path;
  }
}

TEST(HttpServerProgram, shows_a_page_that_requests_nothing_but_the_events) {
  const Server server("http_server", {"0", "--live"});
  const std::string page = ask(server, "/live");
  expect_parts(page, {"default-src 'none'; connect-src 'self'", "EventSource('/live/events')"});
  for (const char* const part : {"http://", "https://", "src=", "href=", "url(", "import("})
    EXPECT_FALSE(page.contains(part)) << part;
}

// Asks for the events: the first two.
std::string two_events(Connection& client) {
  client.send("GET /live/events HTTP/1.1\r\nHost: a\r\n\r\n");
  std::string text;
  const auto second = [&] { return text.find("}]}\n\n", text.find("}]}\n\n") + 1); };
  while (second() == text.npos) text += client.read_all(1);
  return text;
}

TEST(HttpServerProgram, sends_its_state_again_and_again_with_every_thread_and_task_until_it_ends) {
  Server server("http_server", {"0", "--live", "--threads", "2"});
  Connection idle(server.address);
  EXPECT_TRUE(idle.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").read_all(12).ends_with("200"));
  Connection client(server.address);
  const std::string text = two_events(client);
  expect_parts(text, {"Content-Type: text/event-stream\r\n", "\"idle\":1",
                      "\"tasks\":", "waits at live.cpp:", "waits at http_service.cpp:"});
  const std::string_view first = std::string_view(text).substr(0, text.find("\n\n"));
  EXPECT_EQ(std::ranges::count(first, '['), 5)
      << "two threads, each with turn times and tasks: " << text;
  EXPECT_TRUE(first.contains("\"counted_for\":0.000000,\"calls\":{}"))
      << "no page was open: " << text;
  expect_parts(text.substr(first.size()), {"\"epoll_wait\":[", "\"send\":[1,0]"});
  server.signal(SIGTERM);
  EXPECT_TRUE(client.read_all().ends_with("0\r\n\r\n")) << "the whole answer";
  EXPECT_EQ(server.end(), epoll::ExitStatus::exited(0));
}

// What a parser of others makes of them: .ci/clients/check.py.
TEST(HttpServerProgram, has_metrics_that_count_up) {
  Server server("http_server", {"0", "--live"});
  for (int i = 0; i < 3; ++i) (void)ask(server, "/hello");
  const std::string all = ask(server, "/metrics");
  expect_parts(all, {"text/plain; version=0.0.4", "# TYPE http_server_turn_seconds histogram\n",
                     "http_server_connections_in_phase{thread=\"0\",phase=\"answering\"} 1\n",
                     "http_server_turn_seconds_bucket{thread=\"0\",le=\"+Inf\"}"});
  EXPECT_FALSE(all.contains("http_server_events_total{thread=\"0\"} 0\n"));
}

TEST(HttpServerProgram, leaves_the_system_calls_to_a_trace) {
  Server server("http_server", {"0", "--live", "--trace"});
  Connection client(server.address);
  EXPECT_FALSE(two_events(client).contains("epoll_wait"));
  expect_parts(server.output_after(SIGTERM),
               {"\nsystem calls: accept4 ", ", epoll_wait ", ", send "});
}

TEST(HttpServerProgram, a_folder_that_does_not_exist_is_reported_by_name) {
  const std::string path = "/there/is/no/such/folder";
  EXPECT_EQ(run("http_server", {"0", "--files", path}),
            (End{1, "", "cannot serve the files of " + path + ": No such file or directory\n"}));
}

TEST(ChatServer, sends_a_line_to_all_others) {
  Server server("chat_server");
  Connection first(server.address);
  // A guest that is told by another one has been let in, and so have all that came before.
  Connection second(server.address);
  Connection third(server.address);
  third.send("I am here\n");
  EXPECT_EQ(first.read_all(14), "#3: I am here\n");
  EXPECT_EQ(second.read_all(14), "#3: I am here\n");
}

TEST(Fetch, reports_how_each_page_went) {
  Server server("http_server");
  const std::string page = "http://" + server.place + "/hello";
  EXPECT_EQ(run("fetch", {page}), (End{0, "200       28 " + page + "\n", ""}));
  const Door closed;
  const std::string none = "http://" + closed.address() + "/";
  EXPECT_EQ(run("fetch", {none}), (End{1, none + ": Connection refused\n", ""}));
}

TEST(Fetch, takes_a_body_of_any_size_and_drops_it) {
  Server server("http_server");
  const std::string page = "http://" + server.place + "/stream?bytes=67108865";
  EXPECT_EQ(run("fetch", {page}), (End{0, "200 67108865 " + page + "\n", ""}));
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
    (void)(door.let_in_and_answer(answer));
    EXPECT_EQ(fetch.end(), epoll::ExitStatus::exited(1));
    const std::string told = fetch.read_output();
    EXPECT_TRUE(told.starts_with("http://" + door.address() + "/: " + what)) << told;
  }
}

// On a machine that is busy, the time may be over before both have been answered: then there is more.
TEST(Fetch, says_how_far_it_was_when_its_time_was_over) {
  std::string told, expected_first, expected_second;
  const auto is_told = [&] {
    return told.contains(expected_first) && told.contains(expected_second);
  };
  for (int seconds = 1; seconds <= 16 && (told.empty() || !is_told()); seconds *= 4) {
    const Door of_head, of_body;
    of_head.open();
    of_body.open();
    const std::string first = "http://" + of_head.address() + "/";
    const std::string second = "http://" + of_body.address() + "/";
    const std::string limit = std::to_string(seconds);
    Program fetch("fetch", {first, second, "--timeout", limit});
    const auto head = of_head.let_in_and_answer("HTTP/1.1 200 OK\r\nX: ");
    const auto body = of_body.let_in_and_answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHel");
    EXPECT_EQ(fetch.end(), epoll::ExitStatus::exited(1));
    told = fetch.read_output();
    expected_first = first + ": not complete after " + limit + " s: waiting for the answer\n";
    expected_second = second + ": not complete after " + limit + " s: reading the body\n";
  }
  expect_parts(told, {expected_first, expected_second});
}

TEST(OriginalRuntime, gives_back_what_it_is_sent_and_prints_each_step) {
  Server server("original_runtime");
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
  Connection client(server.address);
  client.send("hello").finish_sending();
  // The log is read first: the reactor may spin (C5), and once the pipe is full its thread waits.
  for (const char* const step :
       {"(TcpListener) listen: ", "(Reactor) wake up. nfd = ", "(Reactor) delete event: ",
        "(TcpStream)  accept: ", "(handle client) hello\n", "(TcpStream)  close : "})
    read_log_until(step);
  EXPECT_EQ(client.read_all(), "hello");
}

TEST(OriginalRuntime, runs_as_many_tasks_as_its_queue_holds) {
  EXPECT_EQ(run("original_runtime", {"--spawn", "10000"}), (End{0, "10000 tasks have run\n", ""}));
}

}  // namespace programs_test
