// A doubly linked list whose links are part of its entries.
//
//   class Guest : public async::ListHook { ... };
//   async::IntrusiveList<Guest> queue;
//   queue.push_back(guest);                 // allocates nothing, cannot fail
//   while (Guest* next = queue.pop_front()) next->serve();
//
//   head        guest       guest
//   +-----+     +-----+     +-----+
//   |  o------->|  o------->|  o-----> back to head
//   |  o<-------|--o  |<----|--o  |
//   +-----+     +-----+     +-----+
//
// An object is in at most one list. It unlinks itself in O(1) without knowing which list that is,
// and its destructor does so automatically, so a list never holds the address of a destroyed
// object. This is what keeps the runtime from ever resuming a coroutine that has been destroyed.
#pragma once

#include <cassert>

namespace async {

class ListHook {
 public:
  ListHook() noexcept = default;
  ~ListHook() {
    // #region intrusive_list.destroy
    unlink();
    // #endregion intrusive_list.destroy
  }
  // The neighbours hold the address of a hook, so a hook may be moved only while it is in no list;
  // the new hook is in no list, either.
  ListHook([[maybe_unused]] ListHook&& other) noexcept { assert(!other.is_linked()); }
  ListHook(const ListHook&) = delete;
  ListHook& operator=(const ListHook&) = delete;

  [[nodiscard]] bool is_linked() const noexcept { return after_ != this; }

  // Leaves the list that it is in, if any.
  void unlink() noexcept {
    before_->after_ = after_;
    after_->before_ = before_;
    before_ = after_ = this;
  }

 private:
  template <class T>
  friend class IntrusiveList;

  // Links itself in front of `next`.
  void insert_before(ListHook& next) noexcept {
    unlink();
    before_ = next.before_;
    after_ = &next;
    before_->after_ = this;
    next.before_ = this;
  }

  ListHook* before_ = this;  // in no list: both point to the hook itself
  ListHook* after_ = this;
};

// A list of T, which is derived from ListHook. It owns nothing; entries that are still in the list
// when it is destroyed are in no list afterwards.
template <class T>
class IntrusiveList {
 public:
  IntrusiveList() noexcept = default;
  ~IntrusiveList() {
    while (T* const first = front()) static_cast<ListHook*>(first)->unlink();
  }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;

  [[nodiscard]] bool empty() const noexcept { return !head_.is_linked(); }
  [[nodiscard]] T* front() const noexcept { return at(head_.after_); }  // null if empty
  [[nodiscard]] T* back() const noexcept { return at(head_.before_); }

  // For `for (T& entry : list)`. The current entry must stay in the list until the loop has
  // advanced.
  class Iterator {
   public:
    explicit Iterator(ListHook* at) noexcept : at_(at) {}
    [[nodiscard]] T& operator*() const noexcept { return *static_cast<T*>(at_); }
    Iterator& operator++() noexcept {
      at_ = at_->after_;
      return *this;
    }
    [[nodiscard]] bool operator==(const Iterator&) const noexcept = default;

   private:
    ListHook* at_;
  };
  [[nodiscard]] Iterator begin() const noexcept { return Iterator(head_.after_); }
  [[nodiscard]] Iterator end() const noexcept { return Iterator(&head_); }

  // Takes `entry` out of the list that it is in, if any, and appends it to this one.
  void push_back(T& entry) noexcept { static_cast<ListHook&>(entry).insert_before(head_); }

  // Unlinks and returns the first entry; null if there is none.
  T* pop_front() noexcept {
    T* const first = front();
    if (first != nullptr) static_cast<ListHook*>(first)->unlink();
    return first;
  }

  // Appends all entries of `other`, in order, and leaves `other` empty. O(1).
  void take_all(IntrusiveList& other) noexcept {
    if (other.empty()) return;
    ListHook& first = *other.head_.after_;
    ListHook& last = *other.head_.before_;
    other.head_.before_ = other.head_.after_ = &other.head_;
    first.before_ = head_.before_;
    first.before_->after_ = &first;
    last.after_ = &head_;
    head_.before_ = &last;
  }

 private:
  [[nodiscard]] T* at(ListHook* link) const noexcept {
    return link == &head_ ? nullptr : static_cast<T*>(link);
  }
  // Stands before the first entry and after the last. A const list may return entries that are not
  // const.
  mutable ListHook head_;
};

}  // namespace async
