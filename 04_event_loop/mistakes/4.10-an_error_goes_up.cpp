// breaks: an error of one client is an error of that client
// caught by: 04.Faults.a_reset_of_one_client_leaves_the_others_alone
// seen in: the HTTP server of the originals, which ended in five of six runs of "ab -n 2000 -c 50"
// symptom: "Connection reset by peer", and the server is gone
if (!next) throw std::system_error(next.error());
if (*next == http::Next::close || !wait_for(*next)) {
  server_.close(self_);
  return;
}
put_off();
