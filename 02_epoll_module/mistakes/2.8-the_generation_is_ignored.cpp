// breaks: the token of a client that has left finds nothing
// caught by: 02.Slab.a_slot_is_let_again_under_another_token,
//     02.Slab.behaves_like_a_map_that_never_reuses_a_key,
//     02.Poll.a_stale_event_for_a_reused_descriptor_is_refused_by_its_token
// seen in: every table of connections whose key is the descriptor or the index
// symptom: once in a while a client gets the end, or the answer, of the one before it
if (token.index >= slots_.size()) return nullptr;
Slot& slot = slots_[token.index];
if (!slot.value) return nullptr;
return &*slot.value;
