// One connection between two processes on this machine [unix(7)].
//
//   auto [here, there] = epoll::UnixStream::pair().value();
//   auto stream = epoll::UnixStream::connect(*epoll::UnixAddress::parse("@app"));
#pragma once

#include <sys/types.h>

#include <utility>

#include "epoll/stream_socket.hpp"
#include "epoll/unix_address.hpp"

namespace epoll {

// The process that created the other end, as recorded by the kernel, so that it cannot be forged.
struct Credentials {
  pid_t pid;
  uid_t uid;
  gid_t gid;
};

class UnixStream : public StreamSocket {
 public:
  // Connects, at once or not at all: there is no handshake to wait for. ENOENT if there is no such
  // path, ECONNREFUSED if it has no listener, EACCES if the file is not writable for us.
  // would_block if the listener's queue is full: nothing reports when it has room again, so try
  // again later.
  [[nodiscard]] static sys::Result<UnixStream> connect(const UnixAddress& address);

  // Two streams that are connected to each other [socketpair(2)].
  [[nodiscard]] static sys::Result<std::pair<UnixStream, UnixStream>> pair();

  // Takes over a connected stream socket that does not block.
  [[nodiscard]] static UnixStream adopt(UniqueFd fd) noexcept { return UnixStream(std::move(fd)); }

  // Process, user and group of the peer as they were when it called connect, listen or socketpair
  // [unix(7), SO_PEERCRED]. The process may have ended since, and its number may have been reused.
  [[nodiscard]] sys::Result<Credentials> peer_credentials() const;

  [[nodiscard]] sys::Result<UnixAddress> local_address() const;
  [[nodiscard]] sys::Result<UnixAddress> peer_address() const;  // unnamed, for most clients

 private:
  using StreamSocket::StreamSocket;
};

}  // namespace epoll
