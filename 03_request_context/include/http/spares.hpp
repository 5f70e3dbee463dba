// A few objects of one type that each thread keeps for reuse.
//
//   std::unique_ptr<Workspace> workspace = Spares<Workspace>::of_this_thread().take();
//   ...
//   Spares<Workspace>::of_this_thread().give_back(std::move(workspace));
//
// For what a connection needs while it has a request in progress, and not while it waits. The
// object that was returned last is taken first: its memory is allocated already, and is in the
// processor's cache.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

namespace http {

template <class T>
class Spares {
 public:
  // Enough for the connections of a thread that have a request in progress at the same time;
  // further objects are freed when they are returned.
  static constexpr std::size_t kMost = 16;

  // An object that was returned, as it was, or a new one, which is not filled with zeros. Throws
  // std::bad_alloc.
  [[nodiscard]] std::unique_ptr<T> take() {
    return count_ != 0 ? std::move(spare_[--count_]) : std::make_unique_for_overwrite<T>();
  }
  void give_back(std::unique_ptr<T> object) noexcept {
    if (count_ != kMost) spare_[count_++] = std::move(object);
  }

  // Needs no lock, because each thread has its own.
  [[nodiscard]] static Spares& of_this_thread() {
    static thread_local Spares spares;
    return spares;
  }

 private:
  std::array<std::unique_ptr<T>, kMost> spare_;
  std::size_t count_ = 0;  // how many are kept
};

}  // namespace http
