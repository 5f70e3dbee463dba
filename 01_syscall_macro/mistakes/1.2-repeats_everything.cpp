// breaks: only EINTR is a reason to call again
// caught by: 01.CallUninterrupted.reports_any_other_error_at_once
// seen in: loops of the kind 'until it works'
// symptom: 100 % CPU as soon as a socket has nothing to read
  while (true) {
    auto result = call<Function>(args...);
    if (result) return result;
  }
