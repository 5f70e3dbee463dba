// What each system call of this workbook can really fail with, by its man page: what the sweeps inject.
//
// Left out are errors that only a faulty program gets (EBADF, EFAULT, EINVAL), and those that a sweep cannot
// pretend. The call that is not made would have had an effect all the same: after EINPROGRESS and EINTR a
// connect continues, and after ECHILD of waitid the child would stay.
#pragma once

#include <cerrno>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace sweep {

// The errors of the call named `name`; of a read or write of an eventfd, timerfd or signalfd, those of
// "read counter" and "write counter". Null for a call that is not listed.
inline const std::vector<int>* errors_of(std::string_view name) {
  static const std::vector<int> opening{EACCES, EINTR,   ELOOP, EMFILE,    ENFILE, ENOENT,
                                        ENOMEM, ENOTDIR, ENXIO, EOVERFLOW, EPERM};
  static const std::vector<int> looking{EACCES, ELOOP, ENOENT, ENOMEM, ENOTDIR, EOVERFLOW};
  static const std::vector<int> sending{EAGAIN, EINTR,     ECONNRESET,   ENOBUFS,     ENOMEM,
                                        EPIPE,  ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EACCES};
  static const std::vector<int> descriptor{EMFILE, ENFILE, ENOMEM};
  static const std::vector<int> anonymous{EMFILE, ENFILE, ENODEV, ENOMEM};
  static const std::vector<int> memory{ENOMEM};
  static const std::vector<int> unlisted{
      EPERM};  // none that a correct program gets; a filter [seccomp(2)]
  static const std::map<std::string_view, std::vector<int>> table{
      {"accept4",  // [accept(2)], with the errors of the network that wait on the new socket
       {EAGAIN, EINTR, ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM, EPROTO, ENETDOWN,
        ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH}},
      {"bind", {EACCES, EADDRINUSE, EADDRNOTAVAIL, ENOENT, ENOMEM, EROFS}},  // [bind(2), unix(7)]
      {"connect",
       {EACCES, EADDRNOTAVAIL, EAGAIN, ECONNREFUSED, ENETUNREACH, ENOENT, EPERM, ETIMEDOUT}},
      {"epoll_create1", descriptor},
      {"epoll_ctl", {ENOMEM, ENOSPC}},  // ENOSPC: fs.epoll.max_user_watches
      {"epoll_wait", {EINTR}},
      {"eventfd", anonymous},
      {"fcntl", {EMFILE, EPERM}},  // of F_DUPFD_CLOEXEC and F_SETFL
      {"fstat", {ENOMEM, EOVERFLOW}},
      {"getdents64", {EINTR, EIO, ENOENT, ENOTDIR}},
      {"getpeername", {ENOBUFS, ENOTCONN}},
      {"getrlimit", unlisted},
      {"getsockname", {ENOBUFS}},
      {"getsockopt", {ENOPROTOOPT}},
      {"ioctl", {ENOTTY}},
      {"kill", {}},  // a child that is not collected is there, and ours
      {"listen", {EADDRINUSE}},
      {"lstat", looking},
      {"open", opening},
      {"openat", opening},
      {"pidfd_open", anonymous},
      {"pidfd_send_signal", {EPERM, ESRCH}},
      {"pipe2", {EMFILE, ENFILE}},
      {"posix_spawn_file_actions_addchdir_np", memory},
      {"posix_spawn_file_actions_addclosefrom_np", memory},
      {"posix_spawn_file_actions_adddup2", memory},
      {"posix_spawn_file_actions_addopen", memory},
      {"posix_spawn_file_actions_init", memory},
      {"posix_spawnattr_init", memory},
      {"posix_spawnattr_setflags", unlisted},
      {"posix_spawnattr_setsigdefault", unlisted},
      {"posix_spawnattr_setsigmask", unlisted},
      {"posix_spawnp",  // [fork(2), execve(2)]
       {E2BIG, EACCES, EAGAIN, EIO, ELOOP, EMFILE, ENFILE, ENOENT, ENOEXEC, ENOMEM, ETXTBSY}},
      {"pread", {EINTR, EIO}},
      {"pthread_sigmask", unlisted},
      {"read", {EAGAIN, EINTR, EIO}},
      {"read counter", {EAGAIN, EINTR}},
      {"recv",
       {EAGAIN, EINTR, ECONNREFUSED, ECONNRESET, EHOSTUNREACH, ENOMEM, ENOTCONN, ETIMEDOUT}},
      {"recvfrom", {EAGAIN, EINTR, ECONNREFUSED, ENOMEM}},
      {"send", sending},
      {"sendmsg", sending},
      {"sendto",
       {EAGAIN, EINTR, EACCES, ECONNREFUSED, EHOSTUNREACH, EMSGSIZE, ENETUNREACH, ENOBUFS, ENOENT,
        ENOMEM, EPERM}},
      {"setrlimit", {EPERM}},
      {"setsockopt", {ENOMEM, ENOPROTOOPT}},
      {"shutdown", {ENOTCONN}},
      {"sigaddset", unlisted},
      {"signalfd", anonymous},
      {"sigpending", unlisted},
      {"sigtimedwait", {}},  // with a time of 0 and a signal that is pending
      {"socket", {EACCES, EAFNOSUPPORT, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPROTONOSUPPORT}},
      {"socketpair", {EAFNOSUPPORT, EMFILE, ENFILE, ENOMEM, EOPNOTSUPP}},
      {"syscall",  // openat2: EAGAIN if the path is changed meanwhile, ENOSYS before Linux 5.6
       {EACCES, EAGAIN, EINTR, ELOOP, EMFILE, ENFILE, ENOENT, ENOMEM, ENOSYS, ENOTDIR, EPERM,
        EXDEV}},
      {"timerfd_create", anonymous},
      {"timerfd_settime", unlisted},
      {"unlink", {EACCES, EBUSY, EIO, ENOENT, ENOMEM, EPERM, EROFS}},
      {"waitid", {EINTR}},
      {"waitpid", {EINTR}},
      {"write", {EAGAIN, EDQUOT, EFBIG, EINTR, EIO, ENOSPC, EPIPE}},
      {"write counter", {EINTR}},  // EAGAIN only for one that is full, and then it is readable
  };
  const auto row = table.find(name);
  return row == table.end() ? nullptr : &row->second;
}

}  // namespace sweep
