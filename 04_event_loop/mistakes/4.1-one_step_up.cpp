// breaks: the timer that is due first is at the front
// caught by: 04.TimerQueue.agrees_with_a_sorted_multimap_whatever_happens
// seen in: heaps that were tried with three entries
// symptom: with many connections some time out late, by minutes
Timer* const timer = heap_[place];
if (place > 0) {
  const std::size_t parent = (place - 1) / 2;
  if (earlier(*timer, *heap_[parent])) {
    put(place, heap_[parent]);
    place = parent;
  }
}
put(place, timer);
