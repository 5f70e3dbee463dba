// A few objects of a kind that are kept for their next use, in each thread.
//
//   std::unique_ptr<Workspace> workspace = Spares<Workspace>::of_this_thread().take();
//   ...
//   Spares<Workspace>::of_this_thread().give_back(std::move(workspace));
//
// For what a connection needs while it has something in hand, and not while it waits. The one that came back
// last goes out first: it has its memory already, and is in the processor's cache.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

namespace http {

template <class T>
class Spares {
 public:
  // Enough for the connections of a thread that have something in hand at the same time; further objects
  // are freed when they come back.
  static constexpr std::size_t kMost = 16;

  // One that came back, as it was, or a new one, which is not filled with zeros. Throws std::bad_alloc.
  [[nodiscard]] std::unique_ptr<T> take() {
    return count_ != 0 ? std::move(spare_[--count_]) : std::make_unique_for_overwrite<T>();
  }
  void give_back(std::unique_ptr<T> object) noexcept {
    if (count_ != kMost) spare_[count_++] = std::move(object);
  }

  // Needs no lock: each thread has its own.
  [[nodiscard]] static Spares& of_this_thread() {
    static thread_local Spares spares;
    return spares;
  }

 private:
  std::array<std::unique_ptr<T>, kMost> spare_;
  std::size_t count_ = 0;  // of them
};

}  // namespace http
