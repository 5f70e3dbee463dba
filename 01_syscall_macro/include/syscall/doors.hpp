// What is known about the functions of the system library: how each one reports an error, and
// whether it may be called again after a signal has interrupted it.
//
// Nothing is assumed about a function that is not listed here: it has no door, and a call to it
// does not compile. For a function of its own, a program states what the man page says, once and
// before the first call:
//
//   template <>
//   inline constexpr sys::Manners sys::manners_of<::my_call>{.door = sys::Door::call};
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace sys {

// How a function reports an error; the doors are in call.hpp.
enum class Door {
  none,            // unknown, or reported in a way that has nothing to do with errno
  call,            // -1, and errno holds the error
  status,          // the error number itself; errno stays as it was
  mapping,         // MAP_FAILED, and errno holds the error
  clearing_errno,  // any value, even -1: errno alone decides
};

struct Manners {
  Door door = Door::none;
  // True if a call that fails with EINTR has done nothing, and the same arguments still mean the
  // same when it is repeated. It is false for
  //   close          the descriptor is released even then: a second close would hit whatever got
  //                  the number in between [close(2)].
  //   connect        continues in the background: on a non-blocking socket a second call gives
  //                  EALREADY [connect(2)].
  //   poll, select,  have a timeout that counts from each call: under a timer's signals the wait
  //   nanosleep,     would never end. Only code that knows when the wait began can continue with
  //   sigtimedwait   the time that is left, as epoll::Poll::wait does.
  //   pause          is meant to be interrupted [pause(2)]; so is sigsuspend.
  // A call on a socket with SO_RCVTIMEO or SO_SNDTIMEO has such a timeout, too, but the name of the
  // function does not show it.
  bool repeatable = false;
};

namespace detail {

// Each list is sorted. `syscall` reports an error as the others do; the caller has to know whether
// the call with that number may be repeated.
inline constexpr auto kCall = std::to_array<std::string_view>({
    // clang-format off
    "accept", "accept4", "access", "alarm", "bind", "chdir", "chmod", "chown", "chroot",
    "clock_getres", "clock_gettime", "clock_settime", "close", "close_range", "closedir", "connect",
    "copy_file_range", "creat", "dup", "dup2", "dup3", "epoll_create", "epoll_create1", "epoll_ctl",
    "epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd", "eventfd_read", "eventfd_write", "execv",
    "execve", "execveat", "execvp", "execvpe", "faccessat", "fallocate", "fchdir", "fchmod", "fchmodat",
    "fchown", "fchownat", "fcntl", "fdatasync", "fexecve", "fgetxattr", "flistxattr", "flock", "fork",
    "fremovexattr", "fsetxattr", "fstat", "fstatat", "fstatfs", "fstatvfs", "fsync", "ftruncate",
    "futimens", "futimes", "getdents64", "getdomainname", "getegid", "getentropy", "geteuid", "getgid",
    "getgroups", "gethostname", "getitimer", "getpagesize", "getpeername", "getpgid", "getpgrp",
    "getpid", "getppid", "getrandom", "getresgid", "getresuid", "getrlimit", "getrusage", "getsid",
    "getsockname", "getsockopt", "gettid", "gettimeofday", "getuid", "getxattr", "grantpt",
    "inotify_add_watch", "inotify_init", "inotify_init1", "inotify_rm_watch", "ioctl", "isatty", "kill",
    "killpg", "lchown", "lgetxattr", "link", "linkat", "listen", "listxattr", "lockf", "lseek",
    "lseek64", "lstat", "madvise", "memfd_create", "mincore", "mkdir", "mkdirat", "mkfifo", "mkfifoat",
    "mknod", "mknodat", "mkostemp", "mkstemp", "mlock", "mlock2", "mlockall", "mount", "mprotect",
    "mq_close", "mq_getattr", "mq_open", "mq_receive", "mq_send", "mq_setattr", "mq_timedreceive",
    "mq_timedsend", "mq_unlink", "msgctl", "msgget", "msgrcv", "msgsnd", "msync", "munlock",
    "munlockall", "munmap", "nanosleep", "open", "open64", "openat", "openat64", "pause", "pidfd_getfd",
    "pidfd_open", "pidfd_send_signal", "pipe", "pipe2", "pivot_root", "poll", "posix_openpt", "ppoll",
    "prctl", "pread", "pread64", "preadv", "preadv2", "prlimit", "process_vm_readv",
    "process_vm_writev", "pselect", "pwrite", "pwrite64", "pwritev", "pwritev2", "read", "readahead",
    "readlink", "readlinkat", "readv", "recv", "recvfrom", "recvmmsg", "recvmsg", "removexattr",
    "rename", "renameat", "renameat2", "rmdir", "sched_getaffinity", "sched_getparam",
    "sched_getscheduler", "sched_setaffinity", "sched_setparam", "sched_setscheduler", "sched_yield",
    "select", "sem_close", "sem_destroy", "sem_getvalue", "sem_init", "sem_post", "sem_timedwait",
    "sem_trywait", "sem_unlink", "sem_wait", "semctl", "semget", "semop", "semtimedop", "send",
    "sendfile", "sendmmsg", "sendmsg", "sendto", "setegid", "seteuid", "setgid", "setgroups",
    "sethostname", "setitimer", "setns", "setpgid", "setpriority", "setregid", "setresgid", "setresuid",
    "setreuid", "setrlimit", "setsid", "setsockopt", "setuid", "setxattr", "shm_open", "shm_unlink",
    "shmctl", "shmdt", "shmget", "shutdown", "sigaction", "sigaddset", "sigaltstack", "sigdelset",
    "sigemptyset", "sigfillset", "sigismember", "signalfd", "sigpending", "sigprocmask", "sigqueue",
    "sigsuspend", "sigtimedwait", "sigwaitinfo", "socket", "socketpair", "splice", "stat", "statfs",
    "statvfs", "statx", "symlink", "symlinkat", "sync_file_range", "syncfs", "syscall", "sysinfo",
    "tcdrain", "tcflush", "tcgetattr", "tcgetpgrp", "tcsendbreak", "tcsetattr", "tcsetpgrp", "tee",
    "tgkill", "timer_create", "timer_delete", "timer_getoverrun", "timer_gettime", "timer_settime",
    "timerfd_create", "timerfd_gettime", "timerfd_settime", "times", "truncate", "umount", "umount2",
    "uname", "unlink", "unlinkat", "unlockpt", "unshare", "usleep", "utimensat", "utimes", "vfork",
    "vmsplice", "wait", "wait3", "wait4", "waitid", "waitpid", "write", "writev",
    // clang-format on
});

inline constexpr auto kStatus = std::to_array<std::string_view>({
    // clang-format off
    "clock_getcpuclockid", "clock_nanosleep", "getgrgid_r", "getgrnam_r", "getlogin_r", "getpwnam_r",
    "getpwuid_r", "getspnam_r", "posix_fadvise", "posix_fallocate", "posix_madvise", "posix_memalign",
    "posix_spawn", "posix_spawn_file_actions_addchdir_np", "posix_spawn_file_actions_addclose",
    "posix_spawn_file_actions_addclosefrom_np", "posix_spawn_file_actions_adddup2",
    "posix_spawn_file_actions_addfchdir_np", "posix_spawn_file_actions_addopen",
    "posix_spawn_file_actions_addtcsetpgrp_np", "posix_spawn_file_actions_destroy",
    "posix_spawn_file_actions_init", "posix_spawnattr_destroy", "posix_spawnattr_getflags",
    "posix_spawnattr_getpgroup", "posix_spawnattr_getsigdefault", "posix_spawnattr_getsigmask",
    "posix_spawnattr_init", "posix_spawnattr_setflags", "posix_spawnattr_setpgroup",
    "posix_spawnattr_setschedparam", "posix_spawnattr_setschedpolicy", "posix_spawnattr_setsigdefault",
    "posix_spawnattr_setsigmask", "posix_spawnp", "pthread_atfork", "pthread_attr_destroy",
    "pthread_attr_getstack", "pthread_attr_init", "pthread_attr_setaffinity_np",
    "pthread_attr_setdetachstate", "pthread_attr_setstacksize", "pthread_cancel", "pthread_cond_broadcast",
    "pthread_cond_destroy", "pthread_cond_init", "pthread_cond_signal", "pthread_cond_timedwait",
    "pthread_cond_wait", "pthread_create", "pthread_detach", "pthread_getaffinity_np",
    "pthread_getattr_np", "pthread_getcpuclockid", "pthread_getname_np", "pthread_getschedparam",
    "pthread_join", "pthread_key_create", "pthread_key_delete", "pthread_kill", "pthread_mutex_destroy",
    "pthread_mutex_init", "pthread_mutex_lock", "pthread_mutex_timedlock", "pthread_mutex_trylock",
    "pthread_mutex_unlock", "pthread_once", "pthread_rwlock_destroy", "pthread_rwlock_init",
    "pthread_rwlock_rdlock", "pthread_rwlock_unlock", "pthread_rwlock_wrlock", "pthread_setaffinity_np",
    "pthread_setcancelstate", "pthread_setname_np", "pthread_setschedparam", "pthread_setspecific",
    "pthread_sigmask", "pthread_sigqueue", "pthread_timedjoin_np", "pthread_tryjoin_np", "ptsname_r",
    "sigwait", "ttyname_r",
    // clang-format on
});

inline constexpr auto kMapping =
    std::to_array<std::string_view>({"mmap", "mmap64", "mremap", "sbrk", "shmat"});

inline constexpr auto kClearingErrno = std::to_array<std::string_view>(
    {"fpathconf", "getpriority", "nice", "pathconf", "ptrace", "sysconf"});

inline constexpr auto kRepeatable = std::to_array<std::string_view>({
    // clang-format off
    "accept", "accept4", "chdir", "chmod", "chown", "copy_file_range", "creat", "dup", "dup2", "dup3",
    "epoll_ctl", "fallocate", "fchdir", "fchmod", "fchown", "fcntl", "fdatasync", "flock", "fstatfs",
    "fsync", "ftruncate", "getdents64", "getpid", "getppid", "getrandom", "mq_receive", "mq_send", "mq_timedreceive",
    "mq_timedsend", "msgrcv", "msgsnd", "open", "open64", "openat", "openat64", "pread", "pread64",
    "preadv", "preadv2", "pwrite", "pwrite64", "pwritev", "pwritev2", "read", "readv", "recv",
    "recvfrom", "recvmsg", "sem_timedwait", "sem_wait", "semop", "send", "sendfile", "sendmsg",
    "sendto", "sigwaitinfo", "splice", "statfs", "sync_file_range", "syscall", "tcdrain", "tee",
    "truncate", "vmsplice", "wait", "wait3", "wait4", "waitid", "waitpid", "write", "writev",
    // clang-format on
});

static_assert(std::ranges::is_sorted(kCall) && std::ranges::is_sorted(kStatus) &&
              std::ranges::is_sorted(kMapping) && std::ranges::is_sorted(kClearingErrno) &&
              std::ranges::is_sorted(kRepeatable));

// What is known about the library function of this name.
consteval Manners known_manners(std::string_view name) {
  using std::ranges::binary_search;
  const bool repeatable = binary_search(kRepeatable, name);
  if (binary_search(kCall, name)) return {Door::call, repeatable};
  if (binary_search(kStatus, name)) return {Door::status};
  if (binary_search(kMapping, name)) return {Door::mapping};
  if (binary_search(kClearingErrno, name)) return {Door::clearing_errno};
  return {};
}

}  // namespace detail
}  // namespace sys
