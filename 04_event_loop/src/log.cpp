#include "event_loop/log.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>

#include "syscall/call.hpp"

namespace event_loop {
namespace {

constexpr std::string_view kCut = "...";

// "/proc/self/fd/2": opening it opens what the descriptor refers to anew.
epoll::UniqueFd open_again(int fd) noexcept {
  LogLine path;
  path << "/proc/self/fd/" << static_cast<unsigned>(fd) << std::string_view("\0", 1);
  auto again = sys::call<::open>(path.text().data(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  return again ? epoll::UniqueFd(*again) : epoll::UniqueFd();
}

// For what could not be opened again, a terminal of another user, say.
bool has_room(int fd) noexcept {
  pollfd poll{fd, POLLOUT, 0};
  return ::poll(&poll, 1, 0) == 1;
}

}  // namespace

LogLine& LogLine::operator<<(std::string_view text) noexcept {
  const std::size_t room = bytes_.size() - size_;
  const bool cut = text.size() > room;
  std::copy_n(text.data(), std::min(text.size(), room), bytes_.data() + size_);
  size_ += std::min(text.size(), room);
  if (cut) std::ranges::copy(kCut, bytes_.end() - kCut.size());
  return *this;
}

LogLine& LogLine::add_number(std::uint64_t number) noexcept {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  return *this << std::string_view(digits.begin(), end);
}

Log::Log(int fd) noexcept : fd_(fd) {
  struct stat about{};
  if (!sys::call<::fstat>(fd, &about)) return;
  is_socket_ = S_ISSOCK(about.st_mode);
  if (S_ISFIFO(about.st_mode) || S_ISCHR(about.st_mode)) own_ = open_again(fd);
}

void Log::write(std::string_view line) noexcept {
  const std::scoped_lock lock(mutex_);
  LogLine note;
  if (dropped_ > 0)
    note << "(" << dropped_ << " lines of the log were dropped: its reader was too slow)\n";
  if (write_whole(note.text(), line)) {
    dropped_ = 0;
  } else {
    ++dropped_;
  }
}

std::uint64_t Log::dropped() const noexcept {
  const std::scoped_lock lock(mutex_);
  return dropped_;
}

// Not through the door of step 01: what observes calls there may write to this log.
bool Log::write_whole(std::string_view note, std::string_view line) noexcept {
  line = line.substr(0, PIPE_BUF - 1 - note.size());
  char end = '\n';
  std::array<iovec, 3> pieces{iovec{const_cast<char*>(note.data()), note.size()},
                              iovec{const_cast<char*>(line.data()), line.size()}, iovec{&end, 1}};
  if (!is_socket_ && !own_ && !has_room(fd_)) return false;
  const auto write_once = [&] {
    if (!is_socket_) return ::writev(own_ ? own_.get() : fd_, pieces.data(), pieces.size());
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    return ::sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);  // a reader may have gone
  };
  while (true) {
    if (write_once() >= 0) return true;
    if (errno != EINTR) return false;
  }
}

Log& standard_output_log() noexcept {
  static Log log(STDOUT_FILENO);
  return log;
}
Log& standard_error_log() noexcept {
  static Log log(STDERR_FILENO);
  return log;
}

}  // namespace event_loop
