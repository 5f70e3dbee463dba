// breaks: 204 and 304 announce no body
// caught by: 03.Response.states_no_length_where_there_can_be_no_body,
//   03.Session.sends_no_body_with_204_and_304
// seen in: handlers that write a length for every answer
// symptom: a client waits for a body that never comes, and takes the next answer for it
Writer head(out.room(kMostOfHead + delivery.date.size() + response.fields().size()));
head << "HTTP/1.1 " << static_cast<std::uint64_t>(response.status()) << " "
     << reason_phrase(response.status()) << "\r\n";
if (!delivery.date.empty()) head << "Date: " << delivery.date << "\r\n";
head << response.fields();
if (delivery.length) {
  head << "Content-Length: " << *delivery.length << "\r\n";
} else if (delivery.chunked) {
  head << "Transfer-Encoding: chunked\r\n";
}
if (delivery.close) {
  head << "Connection: close\r\n";
} else if (delivery.told_to_keep) {
  head << "Connection: keep-alive\r\n";
}
head << "\r\n";
out.filled(head.size());
