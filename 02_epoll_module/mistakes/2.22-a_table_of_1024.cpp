// breaks: the 1025th client is one like the others
// caught by: 02.PrintServer.more_than_1024_clients_are_served
// seen in: the printing server of the originals: its slab has
//     1024 slots, and an expect() behind it
// symptom: on a good day the server ends: "add connection error"
for (int i = 0; i < kClientsPerTurn && clients_at_door_; ++i) {
  auto accepted = listener_.accept();
  if (accepted) {
    if (clients_.size() == 1024) return sys::failure(std::errc::not_enough_memory);
    welcome(std::move(*accepted));
  } else if (sys::would_block(accepted.error())) {
    clients_at_door_ = false;
  } else if (is_resource_exhausted(accepted.error())) {
    no_room_ = true;
    return {};
  } else if (!is_transient_accept_error(accepted.error())) {
    return sys::failure(accepted.error());
  }
}
return {};
