// breaks: whatever is not a number is refused, without an exception
// caught by: 03.ContentLength.is_refused_at_the_first_byte_that_is_no_digit,
//   03.ContentLength.does_not_wrap_around,
//   03.RequestParserFault.a_content_length_that_is_no_number_is_refused
// seen in: the original epoll server, which ends, with all its clients, over 'Content-Length:
//   abc'
// symptom: one client's typing error is an outage for all clients; and -1 is 18446744073709551615
//   bytes
return std::stoull(std::string(value));
