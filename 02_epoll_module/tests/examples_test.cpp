// The programs that stand on no library, as a user runs them: each does its main job.
// PROGRAM_FOLDER, which the build defines, is where they are.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <string_view>
#include <vector>

#include "epoll/socket_address.hpp"
#include "epoll/tcp_stream.hpp"
#include "epoll/unique_fd.hpp"
#include "running_program.hpp"
#include "syscall/call.hpp"

namespace {

using epoll::SocketAddress;
using epoll::UniqueFd;
using programs::Connection;
using Program = programs::RunningProgram;

// The lines that it prints up to `last`; up to its own end, if that never comes.
std::string read_until(Program& program, std::string_view last) {
  std::string text;
  do {
    const std::string line = program.read_line();
    if (line.empty()) break;
    text += line;
  } while (!text.ends_with(last));
  return text;
}

// What the server answers to `text`, up to the end.
std::string ask(const SocketAddress& server, const std::string& text) {
  return Connection(server).send(text).finish_sending().read_all();
}

TEST(Examples, the_bare_loop_gives_back_what_it_is_sent) {
  Program server("bare_echo_server");
  const auto address = server.address();
  EXPECT_EQ(ask(address, "hello"), "hello");
  EXPECT_EQ(ask(address, "once more"), "once more");
}

TEST(Examples, the_original_server_answers_a_get_and_a_post) {
  Program server("original_server");
  const auto address = server.address();
  const std::string answer = ask(address, "GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\n\nHello! I am an epoll server.")) << answer;
  EXPECT_EQ(ask(address, "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nHello"), answer);
  const std::string log = read_until(server, "answered from request 102\n");
  EXPECT_TRUE(log.contains("\nanswered from request 101\n")) << log;
  EXPECT_TRUE(log.contains("\nset content length: 5 bytes\ngot all data: 4096 bytes\n")) << log;
}

TEST(Examples, the_original_poll_server_gives_a_body_back) {
  Program server("original_poll_server");
  Connection client(server.address());  // one that does not half-close: this server drops those
  client.send("POST / HTTP/1.1\r\nContent-Length: 13\r\n\r\nname=WasmEdge");
  EXPECT_TRUE(
      client.read_all().ends_with("\r\nContent-Length: 13\r\nConnection: close\r\n\r\n"
                                  "name=WasmEdge"));
  EXPECT_TRUE(read_until(server, "request: \"POST\" \"/\"\n").ends_with("\"POST\" \"/\"\n"));
}

TEST(Examples, the_original_client_prints_both_answers_and_ends) {
  const UniqueFd listener(sys::call<::socket>(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0).value());
  const auto any = SocketAddress::loopback(0);
  sys::call<::bind>(listener.get(), any.data(), any.size()).value();
  sys::call<::listen>(listener.get(), 2).value();
  const auto port = epoll::local_address_of(listener.get()).value().port();
  Program program("original_poll_client", {std::to_string(port)});
  std::vector<Connection> clients;
  for (int i = 0; i < 2; ++i)
    clients.emplace_back(UniqueFd(::accept(listener.get(), nullptr, nullptr)));
  for (Connection& client : clients)
    client.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello");
  const std::string printed = program.read_output();
  EXPECT_TRUE(
      printed.contains("First connection completed\n"
                       "Header:\nContent-Length: \"5\"\nBody:\nHello"));
  EXPECT_TRUE(printed.contains("Second connection completed\n"));
  EXPECT_EQ(program.end(), epoll::ExitStatus::exited(0));
}

}  // namespace
