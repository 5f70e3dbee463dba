// Gives back what it receives, to any number of clients: a server on epoll, with no library beneath it.
//
//   mkdir -p build
//   g++ -std=c++23 02_epoll_module/examples/bare_echo_server.cpp -o build/bare
//   build/bare 8000                    in another terminal: nc 127.0.0.1 8000, and type
//
// It checks next to nothing. docs/first_server.md breaks it, five ways.
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  sockaddr_in address{};  // ip(7): address and port, big-endian
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (argc > 1) address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
  auto* const name = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;

  // socket(2), bind(2), listen(2): a queue of clients. NONBLOCK: no call on the socket blocks.
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;  // socket(7): the port can be used again as soon as this program has ended
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, name, size) == -1 || listen(listener, SOMAXCONN) == -1) {
    std::perror("cannot listen");
    return 1;
  }
  getsockname(listener, name, &size);  // getsockname(2): which port it is, if none was given
  dprintf(STDOUT_FILENO, "listening on 127.0.0.1:%d\n", ntohs(address.sin_port));

  // epoll_create1(2): a set of descriptors to watch. epoll_ctl(2): add one, with the event to report
  // (there is a client to accept, or data to read) and what to report with it: the descriptor.
  const int epoll = epoll_create1(0);
  epoll_event watch{.events = EPOLLIN, .data = {.fd = listener}};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &watch);
  while (true) {
    epoll_event ready[64];
    const int count = epoll_wait(epoll, ready, 64, -1);  // epoll_wait(2): sleep until one is ready
    for (int i = 0; i < count; ++i) {
      const int fd = ready[i].data.fd;
      if (fd == listener) {
        watch.data.fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);  // accept4(2)
        epoll_ctl(epoll, EPOLL_CTL_ADD, watch.data.fd, &watch);
        continue;
      }
      char text[4096];
      const ssize_t got = read(fd, text, sizeof text);  // read(2): 0 is the end, -1 an error
      if (got > 0) {
        send(fd, text, static_cast<std::size_t>(got), MSG_NOSIGNAL);  // send(2)
      } else {
        close(fd);  // close(2): epoll then stops watching it by itself
      }
    }
  }
}
