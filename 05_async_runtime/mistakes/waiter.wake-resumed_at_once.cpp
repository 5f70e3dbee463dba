// breaks: waking only moves a task to the ready list
// caught by: 05.Waiter.waits_until_it_is_woken_and_then_tries_again,
//     05.Lifetime.a_descriptor_number_that_is_used_again_in_the_same_batch_is_a_new_socket
// seen in: callbacks that resume the coroutine at once
// symptom: a crash when one client's event closes another one; a stack that grows with two tasks
//     that wake each other
if (state_ != State::parked) return;
state_ = State::awake;
resume();
