// The file that is created when a Unix socket is bound to a path.
//
// Closing the socket does not remove the file [unix(7)], and the next bind to this path then fails
// with EADDRINUSE. So the file has an owner, and is removed with it. A process that crashes leaves
// the file behind all the same. To find out whether a socket still listens there, connect to the
// path: ECONNREFUSED means that the file has no listener, and that it may be unlinked.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>

#include "epoll/unix_address.hpp"
#include "syscall/result.hpp"

namespace epoll {

class SocketFile {
 public:
  SocketFile() noexcept = default;  // owns nothing, as for an abstract name

  // To be called right after a bind to `bound`: if that is a file, it is owned by the result.
  [[nodiscard]] static sys::Result<SocketFile> claim(const UnixAddress& bound);

  // Unlinks the file, unless its path by now leads to another one: a successor may have taken over
  // the path already, and its file must stay. A child after fork(2) unlinks nothing, because its
  // copy of this object is not the owner. (If the path is relative, the file is not found from a
  // different working directory, and stays.)
  ~SocketFile();
  SocketFile(SocketFile&& other) noexcept
      : path_(std::exchange(other.path_, {})),
        device_(other.device_),
        inode_(other.inode_),
        owner_(other.owner_) {}
  SocketFile& operator=(SocketFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(device_, other.device_);
    std::swap(inode_, other.inode_);
    std::swap(owner_, other.owner_);
    return *this;
  }

  // Leaves the file where it is, for good.
  void keep() noexcept { path_.clear(); }

 private:
  std::string path_;  // empty: nothing is owned
  dev_t device_ = 0;  // device and inode identify a file, whatever its name
  ino_t inode_ = 0;
  pid_t owner_ = 0;  // the process that created it
};

}  // namespace epoll
