#include "http/workspace.hpp"

#include <utility>

namespace http {

std::unique_ptr<Workspace> WorkspacePool::take() {
  return count_ != 0 ? std::move(spare_[--count_]) : std::make_unique<Workspace>();
}

void WorkspacePool::give_back(std::unique_ptr<Workspace> workspace) noexcept {
  if (count_ == kMost) return;
  workspace->input.shrink(kKept);
  workspace->output.shrink(kKept);
  spare_[count_++] = std::move(workspace);
}

WorkspacePool& WorkspacePool::of_this_thread() {
  static thread_local WorkspacePool pool;
  return pool;
}

}  // namespace http
