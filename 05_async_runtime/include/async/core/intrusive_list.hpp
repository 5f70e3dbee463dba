// A list whose links are part of the objects that stand in it.
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
// An object stands in one list at most. It leaves in O(1) without knowing which, and its destructor
// does that by itself: so a list never holds the address of something that is gone. This is what
// keeps the runtime from ever resuming a coroutine that has been destroyed.
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
  // Neighbours hold its address, so only a link that stands nowhere may move; the new one stands
  // nowhere, too.
  ListHook([[maybe_unused]] ListHook&& other) noexcept { assert(!other.is_linked()); }
  ListHook(const ListHook&) = delete;
  ListHook& operator=(const ListHook&) = delete;

  [[nodiscard]] bool is_linked() const noexcept { return after_ != this; }

  // Leaves the list it stands in, if any.
  void unlink() noexcept {
    before_->after_ = after_;
    after_->before_ = before_;
    before_ = after_ = this;
  }

 private:
  template <class T>
  friend class IntrusiveList;

  // Stands before `next` from now on.
  void insert_before(ListHook& next) noexcept {
    unlink();
    before_ = next.before_;
    after_ = &next;
    before_->after_ = this;
    next.before_ = this;
  }

  ListHook* before_ = this;  // in no list: both are the hook itself
  ListHook* after_ = this;
};

// A list of T, which is derived from ListHook. Owns nothing; those still in it when it is destroyed
// stand in no list afterwards.
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

  // For `for (T& entry : list)`. The entry at hand must stay in the list until the next one is reached.
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

  // `entry` leaves the list that it stands in, and is the last one here.
  void push_back(T& entry) noexcept { static_cast<ListHook&>(entry).insert_before(head_); }

  // Takes out the first; null if there is none.
  T* pop_front() noexcept {
    T* const first = front();
    if (first != nullptr) static_cast<ListHook*>(first)->unlink();
    return first;
  }

  // Appends all entries of `other`, in order, and leaves it empty. O(1).
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
  // Before the first and after the last. A const list may hand out entries that are not const.
  mutable ListHook head_;
};

}  // namespace async
