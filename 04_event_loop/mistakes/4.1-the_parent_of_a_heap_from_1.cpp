// breaks: a timer goes up past its parents
// caught by: 04.TimerQueue.agrees_with_a_sorted_multimap_whatever_happens
// seen in: heaps from a book that counts from 1
// symptom: timers fire in an order that is nearly right
Timer* const timer = heap_[place];
while (place > 0) {
  const std::size_t parent = place / 2;
  if (!earlier(*timer, *heap_[parent])) break;
  put(place, heap_[parent]);
  place = parent;
}
put(place, timer);
