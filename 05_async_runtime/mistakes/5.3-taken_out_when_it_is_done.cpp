// breaks: a waiter may be gone when its turn is over
// caught by: 05.ReadyList.resumes_in_the_order_of_arrival
// seen in: loops over a queue that remove an entry once it has been dealt with
// symptom: a crash at the first task that ends
if (snapshot_.empty()) snapshot_.take_all(arrived_);
std::size_t ran = 0;
while (ran < budget && !snapshot_.empty()) {
  TaskHook* const next = snapshot_.front();
  next->task.resume();
  next->unlink();
  ++ran;
}
return ran;
