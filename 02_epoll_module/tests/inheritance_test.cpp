// Nothing that this stage opens is inherited by a program that it starts.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <string>
#include <vector>

#include "epoll/poll.hpp"
#include "epoll/waker.hpp"
#include "syscall/call.hpp"
#include "tcp_pair.hpp"

namespace {

// The exit status of a shell that runs `script`.
int run(std::string script) {
  std::array<std::string, 3> words{"sh", "-c", std::move(script)};
  const std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
  const posix_spawn_file_actions_t* const no_actions = nullptr;
  const posix_spawnattr_t* const no_attributes = nullptr;
  pid_t child = 0;
  sys::call_status<::posix_spawn>(&child, "/bin/sh", no_actions, no_attributes, arguments.data(),
                                  environ)
      .value();
  int status = 0;
  EXPECT_EQ(sys::call_uninterrupted<::waitpid>(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  return WEXITSTATUS(status);
}
int run_if_open(int fd) {
  return run("test -e /proc/self/fd/" + std::to_string(fd));
}

TEST(Inheritance, a_child_finds_none_of_our_descriptors) {
  const auto poll = epoll::Poll::create().value();
  const auto waker = epoll::Waker::create().value();
  const auto listener = epoll::TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
  const auto tcp = tcp_pair::connected();
  const auto local = tcp_pair::local();
  for (const int fd : {poll.fd(), waker.fd(), listener.fd(), tcp.client.fd(), tcp.server.fd(),
                       local.client.fd(), local.server.fd()})
    EXPECT_EQ(run_if_open(fd), 1) << fd;
}

TEST(Inheritance, the_child_would_have_found_one_without_close_on_exec) {
  const epoll::UniqueFd inherited(sys::call<::open>("/dev/null", O_RDONLY).value());
  EXPECT_EQ(run_if_open(inherited.get()), 0);
}

}  // namespace
