// breaks: a sleep that is over, or gone, leaves no timer behind
// caught by: 05.Sleep.one_that_is_destroyed_takes_its_timer_along,
//     05.Sleep.ends_at_once_when_its_task_is_cancelled,
//     05.Lifetime.a_sleep_that_is_destroyed_by_a_timer_of_the_same_moment_does_not_fire
// seen in: timers that are made with "new" and delete themselves when they have fired
// symptom: a crash some time after a client has left: the timer fires into a frame that is gone
class OwnAlarm final : public event_loop::Timer {
 public:
  explicit OwnAlarm(SleepOperation& sleep) noexcept : sleep_(sleep) {}
  void on_timeout() override {
    sleep_.wake();
    delete this;
  }

 private:
  SleepOperation& sleep_;
};
context().scheduler().timers().set(*new OwnAlarm(*this), deadline_);
return true;
