// breaks: a task never continues without the lock that it asked for
// caught by: 05.Mutex.a_task_that_is_asked_to_stop_still_gets_its_lock_in_its_turn
// seen in: the reference itself: `auto lock = co_await mutex.lock();` was a Result, and seldom
//     looked at
// symptom: at shutdown two tasks write into one file at the same time
this->fail(std::make_error_code(std::errc::operation_canceled));
return true;
