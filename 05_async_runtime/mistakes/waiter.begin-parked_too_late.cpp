// breaks: a wake-up that comes while a task begins to wait is not lost
// caught by: 05.ThisTask.tasks_that_yield_take_turns
// seen in: the runtime of the originals: the descriptor is registered before the waker, and 64 % of
//     the events find no waiter
// symptom: a task that waits for what has happened already
coroutine_ = &coroutine;
coroutine.set_awaiting_at(where);
const bool has_turn = context().budget().consume();
if (has_turn && (complete_if_cancelled() || attempt())) return false;
if (!(has_turn ? park() : defer())) return false;
suspend();
if (!has_turn) make_ready(State::deferred);
return true;
