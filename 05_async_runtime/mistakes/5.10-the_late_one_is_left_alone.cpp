// breaks: timeout ends when the task is over, and not before
// caught by: 05.Timeout.ends_with_timed_out_if_the_task_takes_too_long,
//     05.Timeout.a_result_that_came_all_the_same_wins
// seen in: limits made of a sleep and a detached task
// symptom: memory that grows with every client that is slow; and a buffer that is written to when
//     its owner is long gone
auto handle = async::spawn(std::move(task));
const auto deadline = time_after(limit);
while (!handle.done() && Clock::now() < deadline) {
  auto slept = co_await sleep_for(std::chrono::microseconds(100));
  if (!slept) handle.cancel();
}
if (!handle.done()) {
  handle.cancel();
  co_return sys::failure(std::errc::timed_out);
}
co_return co_await handle.join();
