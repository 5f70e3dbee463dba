// The file that binding a Unix socket to a path has made.
//
// Closing the socket does not remove it [unix(7)], and the next bind to this path then fails with
// EADDRINUSE. So it has an owner, and goes with it. A process that crashes leaves it behind all the
// same; whether a file has a living socket is told by connecting to it: ECONNREFUSED means that
// it has no listener, and that it may be unlinked.
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

  // To be called right after a bind to `bound`: that file, if it is one, is ours from here on.
  [[nodiscard]] static sys::Result<SocketFile> claim(const UnixAddress& bound);

  // Unlinks the file, unless its path leads to another one by now: a successor may have taken our
  // place already, and its file is not ours to remove. Nor in a child after fork(2), whose copy of
  // this object is not the owner. (Nor is the right one found from a different
  // working directory, if the path is relative.)
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
  dev_t device_ = 0;  // device and inode are what a file is, whatever its name
  ino_t inode_ = 0;
  pid_t owner_ = 0;  // the process that has made it
};

}  // namespace epoll
