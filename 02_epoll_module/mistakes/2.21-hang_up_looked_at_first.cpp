// breaks: what was sent before a hang-up is read
// caught by: 02.PrintServer.what_was_sent_before_a_hang_up_is_printed
// seen in: the printing server of the originals, and the mio example that it follows
// symptom: the last words of a client that left in a hurry are missing
if (event.token() == kListener) {
  clients_at_door_ = true;
} else if (event.token() == kOutput) {
  output_has_room_ = true;
} else if (event.token() == kStop) {
  stopping_ = true;
} else if (Client* const client = clients_.find(event.token())) {
  if (event.is_error() || event.is_hangup()) {
    std::erase(ready_, event.token());
    close(event.token());
  } else if (!std::exchange(client->is_ready, true)) {
    ready_.push_back(event.token());
  }
}
