// A table whose entries are found by token.
//
//   index        0            1            2            3
//             +------------+------------+------------+------------+
//   tenant    | connection |   (free)   | connection |   (free)   |
//             +------------+------------+------------+------------+
//   generation     1            7            2            3
//                               ^-- next free ------------^
//
// Putting in, finding and taking out cost O(1); a free slot is let again, with the next generation,
// so the token of the old tenant finds nothing. It grows as it needs to: how many entries there may
// be is for the owner to decide, not for the table.
//
// A token is never given twice. A slot whose 2^32 - 1 generations are used up is closed, rather than
// begin its count anew; kLastGeneration is a parameter so that a test need not wait for that.
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
  // Makes a T from `args` in a free slot. May move every other entry: pointers that `find` gave are
  // good only until the next emplace, and `args` may not point into the slab.
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

  // The entry, or null if its token is out of date or was never given.
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

  // Takes the entry out; nullopt if there is none. From now on its token finds nothing.
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

  // Calls visit(token, entry) for each entry. `visit` may remove the entry it is given, no other,
  // and may not put new ones in.
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
    std::uint32_t generation = 1;     // which tenant it has, or will have next; from 1, see Token
    std::uint32_t next_free = kNone;  // the chain of free slots
  };
  std::vector<Slot> slots_;
  std::uint32_t first_free_ = kNone;
  std::size_t size_ = 0;
};

}  // namespace epoll
