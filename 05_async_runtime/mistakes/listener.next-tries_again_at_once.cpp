// breaks: without a free descriptor a listener waits a while
// caught by: 05.TcpListener.incoming_pauses_for_a_while_when_there_was_no_descriptor_left
// seen in: accept loops that ignore every error
// symptom: 100 % of a processor and a log of gigabytes, when there is no descriptor left
while (true) {
  auto client = co_await listener_->accept();
  if (client) co_return client;
  if (!is_transient_accept_error(client.error()) && !is_resource_exhausted(client.error()))
    co_return sys::failure(client.error());
}
