// breaks: what is moved may overlap with where it goes
// caught by: 03.BodyPlace.a_gap_shorter_than_what_is_moved_over_it_is_no_matter
// seen in: code that was tested with small chunks only
// symptom: now and then some bytes in the middle of a chunked upload are wrong, on one kind of
//   processor
if (mode == BodyMode::keep) {
  std::memcpy(buffer.data() + begin + kept, buffer.data() + next, count);
  kept += count;
}
next += count;
size += count;
