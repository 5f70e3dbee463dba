// breaks: an object that is gone is in no list
// caught by: 05.ListHook.one_that_is_destroyed_is_no_longer_in_its_list
// seen in: lists whose members are believed to live as long as the list; in the runtime of the
//     originals a read that was given up stays registered, and the reactor ends when its event comes
// symptom: a crash some time after a client has left: the list still leads to what was there
before_ = after_ = this;
