// breaks: a pause holds from the next client on
// caught by: 04.AcceptorTest.a_pause_from_inside_holds_from_the_next_client_on
// seen in: caps that are looked at once for each event
// symptom: a server with a cap of 1000 connections has 1063
const std::shared_ptr<const bool> is_alive = is_alive_;
stopped_ = false;
int taken = 0;
for (int i = 0; i < most && !stopped_; ++i) {
  auto client = listener_.accept();
  if (client) {
    ++taken;
    on_client_(std::move(*client));
    if (!*is_alive) return;
  } else {
    handle_error(client.error());
  }
}
learn(taken);
