// breaks: a callback that throws does not discard those after it
// caught by: 04.EventLoop.what_was_posted_after_one_that_throws_runs_in_the_next_turn
// seen in: the reference itself, and every loop over a local vector of callbacks
// symptom: an error in one part of a program, and an answer for another part never comes
(void)waker;
std::vector<Callback> all = std::move(callbacks_);
callbacks_.clear();
for (Callback& callback : all) callback();
return all.size();
