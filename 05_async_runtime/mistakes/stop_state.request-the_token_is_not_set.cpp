// breaks: code that holds the task's std::stop_token sees the request, too
// caught by: 05.Context.the_stop_token_of_a_task_shows_the_request
// seen in: two ways to ask the same thing, of which one was added later
// symptom: a long computation in a task runs to its end although it checks its token
requested_ = true;
