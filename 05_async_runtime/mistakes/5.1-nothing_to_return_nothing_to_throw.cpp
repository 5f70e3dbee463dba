// breaks: an exception of a task that returns nothing passes to the caller that awaits it
// caught by: 05.Lifetime.a_task_may_throw_in_every_place
// seen in: specialisations for void that were written in a hurry
// symptom: a step fails, and the program continues with the next one as if it had not
if constexpr (!std::is_void_v<T>) {
  if (auto* const exception = std::get_if<std::exception_ptr>(&outcome_))
    std::rethrow_exception(*exception);
  return std::move(std::get<Value>(outcome_));
}
