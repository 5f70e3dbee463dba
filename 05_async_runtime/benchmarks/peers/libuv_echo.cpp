// A peer to measure against: an echo server on libuv, which stands under Node. One buffer serves all
// reads; what is read is sent at once with uv_try_write, and copied only where that is not enough.
#include <uv.h>

#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

char shared[64 * 1024];

struct Write {
  uv_write_t request;
  char* bytes;
};

void on_closed(uv_handle_t* handle) {
  delete reinterpret_cast<uv_tcp_t*>(handle);
}
void lend(uv_handle_t*, std::size_t, uv_buf_t* buffer) {
  *buffer = uv_buf_init(shared, sizeof shared);
}
void on_written(uv_write_t* request, int) {
  auto* const write = reinterpret_cast<Write*>(request);
  std::free(write->bytes);
  delete write;
}
void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
  if (count < 0) return uv_close(reinterpret_cast<uv_handle_t*>(stream), on_closed);
  uv_buf_t rest = uv_buf_init(buffer->base, static_cast<unsigned>(count));
  const int sent = uv_try_write(stream, &rest, 1);
  if (sent == count) return;
  const auto done = static_cast<std::size_t>(sent > 0 ? sent : 0);
  auto* const write = new Write;
  rest.len -= done;
  write->bytes = static_cast<char*>(std::malloc(rest.len));
  std::memcpy(write->bytes, rest.base + done, rest.len);
  rest.base = write->bytes;
  uv_write(&write->request, stream, &rest, 1, on_written);
}
void on_connection(uv_stream_t* listener, int) {
  auto* const client = new uv_tcp_t;
  uv_tcp_init(listener->loop, client);
  auto* const stream = reinterpret_cast<uv_stream_t*>(client);
  if (uv_accept(listener, stream) != 0) return;
  uv_tcp_nodelay(client, 1);
  uv_read_start(stream, lend, on_read);
}

}  // namespace

int main() {
  uv_loop_t* const loop = uv_default_loop();
  uv_tcp_t listener;
  uv_tcp_init(loop, &listener);
  sockaddr_in address{};
  uv_ip4_addr("127.0.0.1", 0, &address);
  uv_tcp_bind(&listener, reinterpret_cast<sockaddr*>(&address), 0);
  if (uv_listen(reinterpret_cast<uv_stream_t*>(&listener), 4096, on_connection) != 0) return 1;
  int size = sizeof address;
  uv_tcp_getsockname(&listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return uv_run(loop, UV_RUN_DEFAULT);
}
