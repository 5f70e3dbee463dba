// breaks: a body ends where its length says, and not where the read does
// caught by: 03.Session.the_same_bytes_get_the_same_answers_in_whatever_pieces_they_come
// seen in: the original epoll server, which appends its whole buffer after each read, whatever
//   came
// symptom: the body has a tail of other bytes, and the next request on the connection is not
//   answered
count = buffer.size() - next;
if (mode == BodyMode::keep) {
  std::byte* const end = buffer.data() + begin + kept;
  const std::byte* const from = buffer.data() + next;
  if (end != from) std::memmove(end, from, count);
  kept += count;
}
next += count;
size += count;
