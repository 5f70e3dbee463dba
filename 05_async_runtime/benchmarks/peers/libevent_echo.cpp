// A peer to measure against: an echo server on libevent's bufferevents, which move what is read into
// what is written without a copy.
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <cstdio>

namespace {

void on_read(bufferevent* stream, void*) {
  evbuffer_add_buffer(bufferevent_get_output(stream), bufferevent_get_input(stream));
}
void on_event(bufferevent* stream, short, void*) {
  bufferevent_free(stream);
}
void on_accept(evconnlistener* listener, evutil_socket_t fd, sockaddr*, int, void*) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  bufferevent* const stream =
      bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
  bufferevent_setcb(stream, on_read, nullptr, on_event, nullptr);
  bufferevent_enable(stream, EV_READ | EV_WRITE);
}

}  // namespace

int main() {
  event_base* const base = event_base_new();
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
