// breaks: a task that threw throws where it is awaited
// caught by: 05.Task.throws_what_its_body_throws,
//     05.Task.an_exception_passes_to_the_awaiting_task_and_can_be_caught_there
// seen in: results with two alternatives of which the second was added later
// symptom: every failure is called "std::get: wrong index for variant"
if constexpr (!std::is_void_v<T>) return std::move(std::get<Value>(outcome_));
if (auto* const exception = std::get_if<std::exception_ptr>(&outcome_))
  std::rethrow_exception(*exception);
