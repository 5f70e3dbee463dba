#include "async/io/lease.hpp"

#include <vector>

namespace async {
namespace {

using Stored = std::unique_ptr<std::byte[]>;

// Enough for the connections of a turn that have something in hand; what they need beyond it, the
// allocator gets back.
constexpr std::size_t kMostStored = 16;

// The last one that was given back is the first to be lent again: it is in the processor's cache.
class Store {
 public:
  Store() { blocks_.reserve(kMostStored); }
  [[nodiscard]] Stored take() {
    // Not initialised: the kernel writes into it, and a page that it does not need costs nothing.
    if (blocks_.empty()) return Stored(new std::byte[Lease::kSize]);
    Stored block = std::move(blocks_.back());
    blocks_.pop_back();
    return block;
  }
  void put(Stored block) noexcept {
    if (blocks_.size() < kMostStored) blocks_.push_back(std::move(block));
  }

 private:
  std::vector<Stored> blocks_;
};

Store& store() {
  thread_local Store blocks;
  return blocks;
}

}  // namespace

Lease Lease::take() {
  return Lease(Block(store().take().release()));
}

void Lease::GiveBack::operator()(std::byte* block) const noexcept {
  store().put(Stored(block));
}

}  // namespace async
