// breaks: a token is never given twice
// caught by: 02.Slab.a_slot_is_let_again_under_another_token,
//     02.PrintServer.a_token_is_never_used_twice
// seen in: slab 0.3, on which the printing server of the originals is built
// symptom: an event that was on its way to a client that left is delivered to the next one
T* const found = find(token);
if (found == nullptr) return std::nullopt;
Slot& slot = slots_[token.index];
std::optional<T> tenant(std::move(*found));
slot.value.reset();
--size_;
slot.next_free = std::exchange(first_free_, token.index);
return tenant;
