// breaks: a timer that is gone does not fire
// caught by: 04.TimerQueue.a_destroyed_timer_does_not_fire,
//     04.TimerQueue.a_cancelled_timer_does_not_fire_and_the_others_keep_their_order
// seen in: queues that cancel by a mark, in an object that is gone when the mark is looked at
// symptom: a crash some seconds after a client has left
if (timer.queue_ != this) return;
timer.queue_ = nullptr;
