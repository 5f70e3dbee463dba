// breaks: each line of an answer ends with CRLF
// caught by: 03.Response.every_line_of_the_head_ends_with_cr_lf,
//   03.Session.answers_a_request_and_keeps_the_connection
// seen in: the original epoll server; curl forgives it, node says HPE_CR_EXPECTED
// symptom: works with curl and in Python, and one client library calls it a parse error
Writer head(out.room(kMostOfHead + delivery.date.size() + response.fields().size()));
head << "HTTP/1.1 " << static_cast<std::uint64_t>(response.status()) << " "
     << reason_phrase(response.status()) << "\n";
if (!delivery.date.empty()) head << "Date: " << delivery.date << "\n";
head << response.fields();
if (response.may_have_body()) {
  if (delivery.length) {
    head << "Content-Length: " << *delivery.length << "\n";
  } else if (delivery.chunked) {
    head << "Transfer-Encoding: chunked\n";
  }
}
if (delivery.close) {
  head << "Connection: close\n";
} else if (delivery.told_to_keep) {
  head << "Connection: keep-alive\n";
}
head << "\n";
out.filled(head.size());
