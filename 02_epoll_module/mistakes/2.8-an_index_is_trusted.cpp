// breaks: a token that was never given finds nothing
// caught by: 02.Slab.a_token_that_was_never_given_finds_nothing
// seen in: tables that are only asked for what they have given, until a special token is passed
// symptom: a crash at the first event of the listener or the waker
Slot& slot = slots_[token.index];
if (!slot.value || slot.generation != token.generation) return nullptr;
return &*slot.value;
