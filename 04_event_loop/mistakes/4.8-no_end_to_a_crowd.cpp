// breaks: clients that are in are served while a crowd comes
// caught by: 04.AcceptorTest.takes_no_more_than_64_in_one_turn
// seen in: "accept until EAGAIN", as every text about edge trigger says
// symptom: while connections pour in, no client gets an answer
const std::shared_ptr<const bool> is_alive = is_alive_;
stopped_ = false;
static_cast<void>(most);
int taken = 0;
while (!paused_ && !stopped_) {
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
