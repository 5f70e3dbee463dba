// breaks: a waiter that is destroyed by one before it is no longer there
// caught by: 05.ReadyList.a_waiter_that_is_destroyed_by_one_before_it_is_no_longer_there
// seen in: every loop that saves "next" before it calls something that may change the list
// symptom: a crash when one task closes what another one, ready as well, was waiting for
if (snapshot_.empty()) snapshot_.take_all(arrived_);
std::size_t ran = 0;
auto next = snapshot_.begin();
while (ran < budget && next != snapshot_.end()) {
  TaskHook& one = *next;
  ++next;
  one.unlink();
  one.task.resume();
  ++ran;
}
return ran;
