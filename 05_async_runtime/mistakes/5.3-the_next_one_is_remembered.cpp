// breaks: a waiter that is destroyed by one before it is no longer there
// caught by: 05.ReadyList.a_waiter_that_is_destroyed_by_one_before_it_is_no_longer_there
// seen in: every loop that saves "next" before it calls something that may change the list
// symptom: a crash when one task closes what another one, ready as well, was waiting for
if (snapshot_.empty()) snapshot_.take_all(arrived_);
std::size_t ran = 0;
TaskHook* next = snapshot_.front();
while (ran < budget && next != nullptr) {
  TaskHook* const one = next;
  next = snapshot_.after(*one);
  one->unlink();
  one->task.resume();
  ++ran;
}
return ran;
