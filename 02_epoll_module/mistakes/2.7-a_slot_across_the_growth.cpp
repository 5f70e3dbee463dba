// breaks: nothing refers to a slot of before the table grew
// caught by: 02.Slab.finds_each_entry_by_its_token, 02.Slab.has_no_fixed_capacity
// seen in: programs that hold a pointer or reference into a vector across a push_back
// symptom: works in every small test; a crash, or a client with another's data, when the
//     table grows
if (slots_.empty()) slots_.emplace_back();
Slot& last = slots_.back();
if (first_free_ == kNone) {
  slots_.emplace_back();
  first_free_ = static_cast<std::uint32_t>(slots_.size() - 1);
  last.next_free = kNone;  // the table has moved
}
const std::uint32_t index = first_free_;
Slot& slot = slots_[index];
slot.value.emplace(std::forward<Args>(args)...);
first_free_ = slot.next_free;
++size_;
return Token{index, slot.generation};
