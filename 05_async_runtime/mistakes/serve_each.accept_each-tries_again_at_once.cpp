// breaks: without a free descriptor, nothing is accepted for a while
// caught by: 05.HttpService.without_a_descriptor_for_a_client_it_says_so_once_a_second_and_not_each_time
// seen in: accept loops that take every error for the trouble of one client
// symptom: 100 % of a processor, when there is no descriptor left
while (true) {
  const sys::Result<> admitted = co_await admit();
  const std::error_code error = sys::error_of(admitted);
  if (error && !is_transient_accept_error(error) && !is_resource_exhausted(error)) co_return error;
}
