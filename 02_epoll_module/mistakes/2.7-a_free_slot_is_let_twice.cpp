// breaks: a slot has one tenant
// caught by: 02.Slab.finds_each_entry_by_its_token,
//     02.Slab.behaves_like_a_map_that_never_reuses_a_key
// seen in: free lists whose head is read and not moved on
// symptom: a new client takes the place of one that is there, whose connection is cut
if (first_free_ == kNone) {
  slots_.emplace_back();
  first_free_ = static_cast<std::uint32_t>(slots_.size() - 1);
}
const std::uint32_t index = first_free_;
Slot& slot = slots_[index];
slot.value.emplace(std::forward<Args>(args)...);
++size_;
return Token{index, slot.generation};
