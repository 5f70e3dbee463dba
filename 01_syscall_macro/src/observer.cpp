#include "syscall/observer.hpp"

#include "syscall/todo.hpp"

namespace sys {

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
