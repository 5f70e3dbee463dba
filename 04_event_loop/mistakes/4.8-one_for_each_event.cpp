// breaks: all clients that wait are accepted in one turn
// caught by: 04.AcceptorTest.takes_all_that_wait_in_one_turn_and_knows_their_addresses
// seen in: the HTTP server of the originals
// symptom: a crowd is let in slowly, with a wait for each client; under edge trigger, never
auto client = listener_.accept();
if (client) {
  on_client_(std::move(*client));
} else {
  handle_error(client.error());
}
static_cast<void>(most);
