// breaks: a crowd at the door is let in a few at a time
// caught by: 02.PrintServer.a_crowd_at_the_door_is_let_in_over_several_turns
// seen in: accept loops that obey "until EAGAIN" to the letter
// symptom: while clients come faster than they are let in, none that is in is read
while (clients_at_door_) {
  auto accepted = listener_.accept();
  if (accepted) {
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
