// breaks: a wait that is over is not woken again
// caught by: 05.Waiter.woken_twice_it_is_resumed_once,
//     05.Waiter.outlives_the_coroutine_that_awaited_it_and_wakes_none_then
// seen in: the executor of the originals: a task that is woken twice is polled after it is done
// symptom: a finished coroutine is resumed: a crash, or anything else
if (has_begun()) make_ready(State::awake);
