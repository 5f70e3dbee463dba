// A table whose entries are found by token.
//
//   index        0            1            2            3
//             +------------+------------+------------+------------+
//   tenant    | connection |   (free)   | connection |   (free)   |
//             +------------+------------+------------+------------+
//   generation     1            7            2            3
//                               ^-- next free ------------^
//
// Inserting, finding and removing cost O(1). A free slot is reused with the next generation, so
// that the token of its former tenant finds nothing. The table grows as needed; how many entries
// there may be is a decision of its owner.
//
// A token is never given twice. A slot whose 2^32 - 1 generations are used up is retired, because a
// count that starts again would repeat tokens; kLastGeneration is a parameter so that a test can
// reach that point.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "epoll/token.hpp"
#include "syscall/todo.hpp"

namespace epoll {

template <class T, std::uint32_t kLastGeneration = std::numeric_limits<std::uint32_t>::max()>
class Slab {
 public:
  // Constructs a T from `args` in a free slot. This may move every other entry: pointers that
  // `find` gave are valid only until the next emplace, and `args` must not point into the slab. If
  // T's constructor throws, no slot is taken.
  template <class... Args>
  Token emplace(Args&&... args) {
    // #region 2.7 emplace
    if (first_free_ == kNone) {
      slots_.emplace_back();
      first_free_ = static_cast<std::uint32_t>(slots_.size() - 1);
    }
    const std::uint32_t index = first_free_;
    Slot& slot = slots_[index];
    slot.value.emplace(std::forward<Args>(args)...);
    first_free_ = slot.next_free;
    ++size_;
    return Token{index, slot.generation};
    // #endregion 2.7
  }

  // The entry, or null if the token is out of date or was never given.
  [[nodiscard]] T* find(Token token) noexcept {
    // #region 2.8 find
    if (token.index >= slots_.size()) return nullptr;
    Slot& slot = slots_[token.index];
    if (!slot.value || slot.generation != token.generation) return nullptr;
    return &*slot.value;
    // #endregion 2.8
  }
  [[nodiscard]] const T* find(Token token) const noexcept {
    return const_cast<Slab*>(this)->find(token);
  }

  // Removes the entry and returns it; nullopt if there is none. From now on its token finds
  // nothing.
  std::optional<T> remove(Token token) {
    // #region 2.9 remove
    T* const found = find(token);
    if (found == nullptr) return std::nullopt;
    Slot& slot = slots_[token.index];
    std::optional<T> tenant(std::move(*found));
    slot.value.reset();
    --size_;
    if (slot.generation != kLastGeneration) {
      ++slot.generation;
      slot.next_free = std::exchange(first_free_, token.index);
    }
    return tenant;
    // #endregion 2.9
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  // Calls visit(token, entry) for each entry. `visit` may remove the entry that it is given, but no
  // other, and must not insert new ones.
  template <class Visit>
  void for_each(Visit visit) {
    for (std::uint32_t index = 0; index < slots_.size(); ++index) {
      Slot& slot = slots_[index];
      if (slot.value) visit(Token{index, slot.generation}, *slot.value);
    }
  }

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  struct Slot {
    std::optional<T> value;           // empty: the slot is free
    std::uint32_t generation = 1;     // of its tenant, present or next; from 1, see Token
    std::uint32_t next_free = kNone;  // the chain of free slots
  };
  std::vector<Slot> slots_;
  std::uint32_t first_free_ = kNone;
  std::size_t size_ = 0;
};

}  // namespace epoll
