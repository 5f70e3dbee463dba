// The least that an echo server on io_uring can be, as bare_echo_server.cpp is for epoll: completions
// instead of readiness. Needs liburing 2.3 and Linux 6.0.
//
//   g++ -std=c++23 -O2 bare_uring_echo.cpp -o bare_uring_echo -luring
//
// One request accepts all connections, and one request a connection receives for as long as it lasts
// (multishot). Memory is given to the kernel beforehand, as a ring of buffers: it picks one when bytes
// are there, so a connection that says nothing holds none. A buffer is lent again when what it holds is
// sent; when all are out, receiving ends with ENOBUFS and is asked for anew.
#include <liburing.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

constexpr unsigned kEntries = 4096;
constexpr unsigned kBuffers = 2048;  // a power of two
constexpr unsigned kSize = 4096;     // bytes of each
constexpr int kGroup = 0;

enum class Kind : std::uint64_t { accept, receive, send };

// What a completion is of: the kind, the descriptor, and the buffer that is being sent.
std::uint64_t pack(Kind kind, int fd, unsigned buffer = 0) {
  return static_cast<std::uint64_t>(kind) << 60 | std::uint64_t{buffer} << 32 |
         static_cast<unsigned>(fd);
}

class Server {
 public:
  explicit Server(int listener) : listener_(listener), memory_(std::size_t{kBuffers} * kSize) {
    // One thread submits, and completions are worked off when it asks for them.
    io_uring_params parameters{};
    parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN;
    if (const int error = ::io_uring_queue_init_params(kEntries, &ring_, &parameters); error < 0) {
      std::fprintf(stderr, "io_uring_setup: %s\n", std::strerror(-error));
      std::exit(1);
    }
    const std::size_t size = kBuffers * sizeof(io_uring_buf);
    buffers_ = static_cast<io_uring_buf_ring*>(std::aligned_alloc(4096, size));
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uint64_t>(buffers_);
    registration.ring_entries = kBuffers;
    registration.bgid = kGroup;
    if (const int error = ::io_uring_register_buf_ring(&ring_, &registration, 0); error < 0) {
      std::fprintf(stderr, "io_uring_register: %s\n", std::strerror(-error));
      std::exit(1);
    }
    ::io_uring_buf_ring_init(buffers_);
    for (unsigned i = 0; i < kBuffers; ++i) lend(i);
    accept();
  }

  void run() {
    while (true) {
      ::io_uring_submit_and_wait(&ring_, 1);
      io_uring_cqe* completion = nullptr;
      unsigned head = 0;
      unsigned count = 0;
      io_uring_for_each_cqe(&ring_, head, completion) {
        ++count;
        complete(*completion);
      }
      ::io_uring_cq_advance(&ring_, count);
    }
  }

 private:
  io_uring_sqe* request() {
    io_uring_sqe* found = ::io_uring_get_sqe(&ring_);
    if (found == nullptr) {
      ::io_uring_submit(&ring_);
      found = ::io_uring_get_sqe(&ring_);
    }
    return found;
  }
  char* at(unsigned buffer) { return memory_.data() + std::size_t{buffer} * kSize; }
  void lend(unsigned buffer) {
    ::io_uring_buf_ring_add(buffers_, at(buffer), kSize, static_cast<unsigned short>(buffer),
                            ::io_uring_buf_ring_mask(kBuffers), 0);
    ::io_uring_buf_ring_advance(buffers_, 1);
  }

  void accept() {
    io_uring_sqe* const asked = request();
    ::io_uring_prep_multishot_accept(asked, listener_, nullptr, nullptr, 0);
    asked->user_data = pack(Kind::accept, listener_);
  }
  void receive(int fd) {
    io_uring_sqe* const asked = request();
    ::io_uring_prep_recv_multishot(asked, fd, nullptr, 0, 0);
    asked->flags |= IOSQE_BUFFER_SELECT;
    asked->buf_group = kGroup;
    asked->user_data = pack(Kind::receive, fd);
  }
  void send(int fd, unsigned buffer, int count) {
    io_uring_sqe* const asked = request();
    // MSG_WAITALL: the kernel continues by itself after a part has been sent.
    ::io_uring_prep_send(asked, fd, at(buffer), static_cast<std::size_t>(count),
                         MSG_NOSIGNAL | MSG_WAITALL);
    asked->user_data = pack(Kind::send, fd, buffer);
  }

  void complete(const io_uring_cqe& completion) {
    const auto kind = static_cast<Kind>(completion.user_data >> 60);
    const int fd = static_cast<int>(completion.user_data & 0xffffffff);
    const bool goes_on = (completion.flags & IORING_CQE_F_MORE) != 0;
    if (kind == Kind::send) {
      lend(static_cast<unsigned>(completion.user_data >> 32 & 0xffff));
      if (completion.res < 0) ::shutdown(fd, SHUT_RDWR);  // and receiving ends, too
    } else if (kind == Kind::accept) {
      if (completion.res >= 0) receive(completion.res);
      if (!goes_on) accept();
    } else if (completion.res > 0) {
      send(fd, completion.flags >> IORING_CQE_BUFFER_SHIFT, completion.res);
      if (!goes_on) receive(fd);
    } else if (completion.res == -ENOBUFS) {
      receive(fd);
    } else {
      ::close(fd);
    }
  }

  io_uring ring_{};
  int listener_;
  std::vector<char> memory_;
  io_uring_buf_ring* buffers_ = nullptr;
};

}  // namespace

int main() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  ::setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener, raw, size) != 0 || ::listen(listener, 4096) != 0) return 1;
  ::getsockname(listener, raw, &size);
  std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  Server(listener).run();
}
