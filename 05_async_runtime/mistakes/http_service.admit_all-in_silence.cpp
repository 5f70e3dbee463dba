// breaks: a server without a descriptor for another client says so
// caught by: 05.HttpService.without_a_descriptor_for_a_client_it_says_so_once_a_second_and_not_each_time
// seen in: the first version here
// symptom: clients wait for ever, and nothing tells why
bool pauses = false;
while (true) {
  try {
    if (std::exchange(pauses, false)) {
      (void)co_await yield();
      const auto slept = co_await sleep_for(kAcceptPause);
      if (!slept) co_return slept.error();
    }
    const Duration limit = draining_ ? Duration(0) : Duration::max();
    auto stream = co_await drained_.interruptible(timeout(limit, listener_->accept()));
    if (!stream) {
      const std::error_code error = stream.error();
      if (error == std::errc::timed_out) co_return sys::error_code(EBADF);  // the last look
      if (error == std::errc::interrupted || is_transient_accept_error(error)) continue;
      if (!is_resource_exhausted(error)) co_return error;
      pauses = true;
      continue;
    }
    auto place = co_await acquire_place();
    if (!place) co_return place.error();
    connections.spawn(serve_client(std::move(*stream), std::move(*place)));
  } catch (...) {
    log_often(no_room_, kNoRoom, sys::describe(std::current_exception()));
    pauses = true;
  }
}
