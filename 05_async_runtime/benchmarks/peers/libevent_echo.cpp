// A peer to measure against: an echo server on libevent's events. What the socket does not take at once waits
// in an evbuffer, and an event tells when there is room. (Its bufferevents, which do all of that, cost twice as
// much: a write waits for an event there, which is registered and taken out each time, and a read asks
// with an ioctl(2) first how much is there.)
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/listener.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace {

class Client {
 public:
  Client(event_base* base, int fd) {
    event_assign(&readable_, base, fd, EV_READ | EV_PERSIST, on_readable, this);
    event_assign(&writable_, base, fd, EV_WRITE | EV_PERSIST, on_writable, this);
    event_add(&readable_, nullptr);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

 private:
  ~Client() {
    if (unsent_ != nullptr) evbuffer_free(unsent_);
    event_del(&readable_);
    event_del(&writable_);
    ::close(event_get_fd(&readable_));
  }
  static void on_readable(evutil_socket_t fd, short, void* self) {
    static std::array<char, 65536> buffer;
    const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (count == -1 && errno == EAGAIN) return;
    auto* const client = static_cast<Client*>(self);
    if (count <= 0) return delete client;
    const ssize_t sent = ::send(fd, buffer.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL);
    if (sent == count) return;
    if (sent == -1 && errno != EAGAIN) return delete client;
    client->keep(buffer.data() + std::max<ssize_t>(sent, 0),
                 static_cast<std::size_t>(count - std::max<ssize_t>(sent, 0)));
  }
  // Nothing more is read until it is sent.
  void keep(const char* bytes, std::size_t count) {
    if (unsent_ == nullptr) unsent_ = evbuffer_new();
    evbuffer_add(unsent_, bytes, count);
    event_del(&readable_);
    event_add(&writable_, nullptr);
  }
  static void on_writable(evutil_socket_t fd, short, void* self) {
    auto* const client = static_cast<Client*>(self);
    if (evbuffer_write(client->unsent_, fd) == -1 && errno != EAGAIN) return delete client;
    if (evbuffer_get_length(client->unsent_) != 0) return;
    event_del(&client->writable_);
    event_add(&client->readable_, nullptr);
  }
  event readable_{};
  event writable_{};
  evbuffer* unsent_ = nullptr;
};

void on_accept(evconnlistener* listener, evutil_socket_t fd, sockaddr*, int, void*) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  new Client(evconnlistener_get_base(listener), fd);  // owns itself
}

// One thread, and changes of what is watched are collected until the next wait.
event_base* make_base() {
  event_config* const config = event_config_new();
  event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
  event_base* const base = event_base_new_with_config(config);
  event_config_free(config);
  return base;
}

}  // namespace

int main() {
  event_base* const base = make_base();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  evconnlistener* const listener =
      evconnlistener_new_bind(base, on_accept, nullptr, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE,
                              4096, reinterpret_cast<sockaddr*>(&address), sizeof address);
  if (listener == nullptr) return 1;
  socklen_t size = sizeof address;
  ::getsockname(evconnlistener_get_fd(listener), reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return event_base_dispatch(base);
}
