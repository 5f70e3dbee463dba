// breaks: a client that says close, or is of HTTP/1.0, gets a close
// caught by: 03.Session.says_close_when_the_client_has_said_it,
//   03.Session.http_1_0_keeps_a_connection_only_when_both_say_so
// seen in: servers whose authors had only clients with keep-alive
// symptom: an old client, or a script, hangs until the server's idle deadline ends it
if (response.closes()) return false;
const bool more_has_come = work_->input.size() > work_->parser.consumed();
return more_has_come || !(ended_ || finishing_);
