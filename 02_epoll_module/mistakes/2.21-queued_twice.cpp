// breaks: a client is in the queue once
// caught by: 02.PrintServer.an_unread_output_keeps_no_client_out_and_fills_no_memory
// seen in: ready queues without a mark on those that are in
// symptom: a crash when a client that was queued twice leaves at its first turn
if (event.token() == kListener) {
  clients_at_door_ = true;
} else if (event.token() == kOutput) {
  output_has_room_ = true;
} else if (event.token() == kStop) {
  stopping_ = true;
} else if (Client* const client = clients_.find(event.token())) {
  client->is_ready = true;
  ready_.push_back(event.token());
}
