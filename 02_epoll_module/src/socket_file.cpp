#include "epoll/socket_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "syscall/call.hpp"

namespace epoll {

sys::Result<SocketFile> SocketFile::claim(const UnixAddress& bound) {
  SocketFile file;
  if (!bound.is_path()) return file;
  const std::string path(bound.name());
  struct stat status{};
  if (auto found = sys::call<::lstat>(path.c_str(), &status); !found) {
    (void)sys::call<::unlink>(path.c_str());
    return sys::failure(found.error());
  }
  file.path_ = path;
  file.device_ = status.st_dev;
  file.inode_ = status.st_ino;
  file.owner_ = ::getpid();
  return file;
}

SocketFile::~SocketFile() {
  if (path_.empty() || ::getpid() != owner_) return;
  struct stat status{};
  const char* const path = path_.c_str();
  if (!sys::call<::lstat>(path, &status)) return;
  if (status.st_dev == device_ && status.st_ino == inode_) (void)sys::call<::unlink>(path);
}

}  // namespace epoll
