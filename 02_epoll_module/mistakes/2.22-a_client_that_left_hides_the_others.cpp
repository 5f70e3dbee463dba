// breaks: a client that left before its turn does not keep the next one out
// caught by:
//     02.PrintServer.a_client_that_left_before_its_turn_does_not_keep_the_next_one_out
// seen in: accept loops that stop at the first error, under edge trigger
// symptom: a client waits until another one connects
for (int i = 0; i < kClientsPerTurn && clients_at_door_; ++i) {
  auto accepted = listener_.accept();
  if (accepted) {
    welcome(std::move(*accepted));
  } else if (sys::would_block(accepted.error()) || is_transient_accept_error(accepted.error())) {
    clients_at_door_ = false;
  } else if (is_resource_exhausted(accepted.error())) {
    no_room_ = true;
    return {};
  } else {
    return sys::failure(accepted.error());
  }
}
return {};
