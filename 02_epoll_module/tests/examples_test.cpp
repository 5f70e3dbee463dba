// The programs that stand on no library, as a user runs them: each does its main job.
// PROGRAM_FOLDER, which the build defines, is where they are.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <string_view>

#include "epoll/child.hpp"
#include "epoll/socket_address.hpp"
#include "epoll/tcp_stream.hpp"
#include "epoll/unique_fd.hpp"
#include "event_source.hpp"
#include "syscall/call.hpp"

namespace {

using epoll::SocketAddress;
using epoll::UniqueFd;

// A program of this folder; killed at the end of the test, if it still runs.
class Program {
 public:
  Program(const std::string& name, const std::string& port) : child_(spawn(name, port)) {}

  // What it prints up to `end`; up to its own end, if that never comes.
  std::string read_until(std::string_view end) {
    std::string text;
    std::array<std::byte, 1> byte{};
    while (!text.ends_with(end)) {
      const auto count = child_.standard_output->read(byte);
      if (!count && sys::would_block(count.error())) {
        event_source::Watched(child_.standard_output->fd()).wait();
      } else if (!count || *count == 0) {
        break;
      } else {
        text += static_cast<char>(byte[0]);
      }
    }
    return text;
  }
  // Where it says that it listens.
  SocketAddress address() {
    const std::string begin = "listening on ";
    const std::string line = read_until("\n");
    EXPECT_TRUE(line.starts_with(begin)) << line;
    return SocketAddress::parse(line.substr(begin.size(), line.size() - begin.size() - 1)).value();
  }
  epoll::ExitStatus wait() { return child_.wait().value(); }

 private:
  static epoll::Child spawn(const std::string& name, const std::string& port) {
    epoll::SpawnOptions options;
    options.standard_output = epoll::Stdio::piped;
    return epoll::Child::spawn({std::string(PROGRAM_FOLDER) + '/' + name, port}, options).value();
  }
  epoll::Child child_;
};

void send(const UniqueFd& socket, std::string_view text) {
  EXPECT_EQ(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(text.size()));
}

// What comes from the server, up to the end.
std::string receive(const UniqueFd& socket) {
  std::string text;
  std::array<char, 4096> buffer{};
  ssize_t count = 0;
  while ((count = ::recv(socket.get(), buffer.data(), buffer.size(), 0)) > 0)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  EXPECT_EQ(count, 0);
  return text;
}

// A blocking client that sends `text` and no more; what it gets, up to the end.
std::string ask(const SocketAddress& server, std::string_view text) {
  const UniqueFd client(sys::call<::socket>(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0).value());
  sys::call<::connect>(client.get(), server.data(), server.size()).value();
  send(client, text);
  EXPECT_EQ(::shutdown(client.get(), SHUT_WR), 0);
  return receive(client);
}

TEST(Examples, the_bare_loop_gives_back_what_it_is_sent) {
  Program server("bare_echo_server", "0");
  const auto address = server.address();
  EXPECT_EQ(ask(address, "hello"), "hello");
  EXPECT_EQ(ask(address, "once more"), "once more");
}

TEST(Examples, the_original_server_answers_a_get_and_a_post) {
  Program server("original_server", "0");
  const auto address = server.address();
  const std::string answer = ask(address, "GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\n\nHello! I am an epoll server.")) << answer;
  EXPECT_EQ(ask(address, "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nHello"), answer);
  const std::string log = server.read_until("answered from request 102\n");
  EXPECT_TRUE(log.contains("\nanswered from request 101\n")) << log;
  EXPECT_TRUE(log.contains("\nset content length: 5 bytes\ngot all data: 4096 bytes\n")) << log;
}

TEST(Examples, the_original_poll_server_gives_a_body_back) {
  Program server("original_poll_server", "0");
  const int fd = sys::call<::socket>(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0).value();
  const UniqueFd client(fd);  // one that does not half-close: this server drops those
  const auto address = server.address();
  sys::call<::connect>(fd, address.data(), address.size()).value();
  send(client, "POST / HTTP/1.1\r\nContent-Length: 13\r\n\r\nname=WasmEdge");
  EXPECT_TRUE(
      receive(client).ends_with("\r\nContent-Length: 13\r\nConnection: close\r\n\r\n"
                                "name=WasmEdge"));
  EXPECT_TRUE(server.read_until("request: \"POST\" \"/\"\n").ends_with("\"POST\" \"/\"\n"));
}

TEST(Examples, the_original_client_prints_both_answers_and_ends) {
  const UniqueFd listener(sys::call<::socket>(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0).value());
  const auto any = SocketAddress::loopback(0);
  sys::call<::bind>(listener.get(), any.data(), any.size()).value();
  sys::call<::listen>(listener.get(), 2).value();
  const auto port = epoll::local_address_of(listener.get()).value().port();
  Program program("original_poll_client", std::to_string(port));
  std::array<UniqueFd, 2> clients;
  for (UniqueFd& client : clients) client.reset(::accept(listener.get(), nullptr, nullptr));
  for (const UniqueFd& client : clients)
    send(client, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello");
  const std::string printed = program.read_until("there is no such line\n");
  EXPECT_TRUE(
      printed.contains("First connection completed\n"
                       "Header:\nContent-Length: \"5\"\nBody:\nHello"));
  EXPECT_TRUE(printed.contains("Second connection completed\n"));
  EXPECT_EQ(program.wait(), epoll::ExitStatus::exited(0));
}

}  // namespace
