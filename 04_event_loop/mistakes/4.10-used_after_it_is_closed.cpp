// breaks: nothing touches a connection that is closed
// caught by: 04.HttpServer.an_idle_connection_is_closed_after_its_time
// seen in: every handler whose last line may destroy its object, and is not the last one
// symptom: a crash under load, in a function that has nothing to do with it
if (!next || *next == http::Next::close || !wait_for(*next)) server_.close(self_);
put_off();
