// breaks: a discarded body of any size costs constant memory
// caught by: 03.BodyPlace.what_is_discarded_is_counted_and_left_as_a_hole,
//   03.RequestParser.a_discarded_body_passes_through_a_small_buffer
// seen in: the original epoll server keeps each body to its end, and looks at none
// symptom: memory grows by the size of each upload, although the program needs none of it
std::byte* const end = buffer.data() + begin + kept;
const std::byte* const from = buffer.data() + next;
if (end != from) std::memmove(end, from, count);
kept += count;
next += count;
size += count;
