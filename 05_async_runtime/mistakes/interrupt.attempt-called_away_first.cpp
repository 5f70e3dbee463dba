// breaks: a result that comes in the same turn wins
// caught by: 05.Interrupt.a_result_of_the_same_turn_wins
// seen in: loops that look at their flag before their socket
// symptom: a request that has come is not answered, because the server is about to end
if (link_.waiter != nullptr && !link_.is_linked()) {
  this->fail(std::make_error_code(std::errc::interrupted));
  return true;
}
return Op::attempt();
