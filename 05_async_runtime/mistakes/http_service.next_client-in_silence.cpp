// breaks: a server without a descriptor for another client says so
// caught by: 05.HttpService.without_a_descriptor_for_a_client_it_says_so_once_a_second_and_not_each_time
// seen in: the first version here
// symptom: clients wait for ever, and nothing tells why
while (true) {
  const bool is_last_look = draining_;
  auto client = sys::Result<TcpStream>(sys::failure(std::errc::interrupted));
  if (is_last_look) {
    client = co_await timeout(Duration(0), listener_->accept());
  } else {
    client = co_await drained_.interruptible(listener_->accept());
  }
  if (client) co_return client;
  const std::error_code error = client.error();
  if (is_last_look && error == std::errc::timed_out)
    co_return sys::failure(std::errc::bad_file_descriptor);
  if (error == std::errc::interrupted || is_transient_accept_error(error)) continue;
  if (!is_resource_exhausted(error)) co_return sys::failure(error);
  auto slept = co_await sleep_for(kAcceptPause);
  if (!slept) co_return sys::failure(slept.error());
}
