#include "syscall/observer.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <span>

#include "syscall/call.hpp"
#include "syscall/todo.hpp"

namespace sys {

int detail::ask_before(std::string_view name, int& fd, const msghdr*& message, int&) noexcept {
  const std::span pieces(message->msg_iov, message->msg_iovlen);
  std::size_t size = 0;
  for (const iovec& piece : pieces) size += piece.iov_len;
  std::size_t most = size;
  const int injected = observer->before_transfer(name, fd, most);
  if (most >= size) return injected;
  // As much of the first piece as the observer leaves; good until the next call.
  static thread_local iovec first;
  static thread_local msghdr shorter;
  first = *std::ranges::find_if(pieces, [](const iovec& piece) { return piece.iov_len != 0; });
  first.iov_len = std::min(first.iov_len, most);
  shorter = *message;
  shorter.msg_iov = &first;
  shorter.msg_iovlen = 1;
  message = &shorter;
  return injected;
}

void CallCounter::after(std::string_view name, int error) noexcept {
  auto found = counts_.find(name);
  if (found == counts_.end()) found = counts_.emplace(name, Count{}).first;
  ++found->second.made;
  if (error != 0) ++found->second.failed;
  ++total_;
}

std::size_t CallCounter::of(std::string_view name) const {
  const auto found = counts_.find(name);
  return found == counts_.end() ? 0 : found->second.made;
}

std::size_t CallCounter::failed_of(std::string_view name) const {
  const auto found = counts_.find(name);
  return found == counts_.end() ? 0 : found->second.failed;
}

std::string CallCounter::summary() const {
  std::string text;
  for (const auto& [name, count] : counts_) {
    if (!text.empty()) text += ", ";
    text += name + " " + std::to_string(count.made);
  }
  return text;
}

void CallCounter::reset() noexcept {
  counts_.clear();
  total_ = 0;
}

int FailNth::before(std::string_view name) noexcept {
  // #region 1.5 fail_the_nth
  if (!only_.empty() && name != only_) return 0;
  return ++seen_ == n_ ? error_number_ : 0;
  // #endregion 1.5
}

}  // namespace sys
