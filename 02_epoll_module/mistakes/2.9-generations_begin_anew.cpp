// breaks: a slot whose generations are used up is closed
// caught by: 02.Slab.a_slot_whose_generations_are_used_up_is_never_let_again
// seen in: counters that "cannot overflow"
// symptom: none for months; then an event of long ago finds a client of today
T* const found = find(token);
if (found == nullptr) return std::nullopt;
Slot& slot = slots_[token.index];
std::optional<T> tenant(std::move(*found));
slot.value.reset();
--size_;
slot.generation = slot.generation == kLastGeneration ? 1 : slot.generation + 1;
slot.next_free = std::exchange(first_free_, token.index);
return tenant;
