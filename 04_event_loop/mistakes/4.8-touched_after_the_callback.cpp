// breaks: the callback may destroy the acceptor
// caught by: 04.AcceptorTest.may_be_destroyed_by_its_own_callback
// seen in: every loop over callbacks that still uses its own members afterwards
// symptom: a crash when the server is shut down by a request
stopped_ = false;
int taken = 0;
for (int i = 0; i < most && !paused_ && !stopped_; ++i) {
  auto client = listener_.accept();
  if (client) {
    ++taken;
    on_client_(std::move(*client));
  } else {
    handle_error(client.error());
  }
}
learn(taken);
