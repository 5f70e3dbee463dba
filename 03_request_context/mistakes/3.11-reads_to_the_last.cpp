// breaks: a turn reads what its budget allows, and no more
// caught by: 03.RequestContext.a_turn_reads_what_its_budget_allows
// seen in: programs written by the rule "read until the call would block"
// symptom: while one client uploads over a fast line, all the others wait
if (phase() == Phase::writing || phase() == Phase::answering) return advance();
std::size_t taken = 0;
while (true) {
  const auto room = session_.input_space();
  const auto count = stream_.read(room);
  if (!count) {
    if (sys::would_block(count.error())) return Next::read;
    return sys::failure(count.error());
  }
  if (*count == 0) {
    session_.received_end();
  } else {
    session_.received(*count);
  }
  const auto next = advance();
  taken += *count;
  if (!next || *next != Next::read) return next;
  if (*count == 0) return Next::read;
}
