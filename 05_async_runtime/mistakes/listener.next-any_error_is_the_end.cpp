// breaks: a server keeps accepting, whatever happens to single clients
// caught by: 05.TcpListener.incoming_passes_over_a_client_that_has_left,
//     05.TcpListener.incoming_continues_when_there_was_no_descriptor_left
// seen in: the echo server of the originals: "stream.unwrap()" in its accept loop
// symptom: the server ends when one client leaves too early, or when one too many comes
auto client = co_await listener_->accept();
if (client) co_return client;
co_return sys::failure(client.error());
