// breaks: an event for a wait that is over finds nobody
// caught by: 05.Faults.after_a_cancelled_read_and_a_late_event_the_runtime_still_works,
//     05.Lifetime.a_read_that_was_cancelled_has_taken_no_byte
// seen in: the runtime of the originals: a cancelled read stays registered, and the reactor ends
//     when its event comes
// symptom: a crash when a client answers after its time was over
slot_ = nullptr;
