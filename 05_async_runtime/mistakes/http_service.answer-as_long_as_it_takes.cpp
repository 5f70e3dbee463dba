// breaks: a handler that takes too long is asked to stop
// caught by: 05.HttpService.a_handler_that_takes_too_long_is_asked_to_stop_and_its_place_is_free, 05.HttpService.a_client_whose_handler_takes_too_long_gets_503
// seen in: the first version here
// symptom: clients of a long poll that have left keep all places; the server accepts no more
client.state_ = Exchange::State::open;
std::exception_ptr exception;
try {
  co_await handler_(client);
} catch (...) {
  exception = std::current_exception();
}
if (exception) log_.failure("the handler failed", sys::describe(exception));
if (client.state_ == Exchange::State::open)
  client.respond(http::Response::text(500, "The server has failed.\n").close());
if (client.state_ != Exchange::State::over) co_return;
