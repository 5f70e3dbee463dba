// breaks: a server without a descriptor for another client says so
// caught by: 05.HttpService.without_a_descriptor_for_a_client_it_says_so_once_a_second_and_not_each_time
// seen in: the first version here
// symptom: clients wait for ever, and no line of the log says why
bool pauses = false;
while (true) {
  try {
    if (std::exchange(pauses, false)) {
      (void)co_await yield();
      const auto slept = co_await sleep_for(kAcceptPause);
      if (!slept) co_return slept.error();
    }
    const sys::Result<> admitted = co_await admit();
    const std::error_code error = sys::error_of(admitted);
    if (!error || is_transient_accept_error(error)) continue;
    if (!is_resource_exhausted(error)) co_return error;
  } catch (const std::bad_alloc&) {
    told("no memory");
  }
  pauses = true;
}
