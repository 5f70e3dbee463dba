// breaks: each line of an answer ends with CRLF
// caught by: 03.Response.every_line_of_the_head_ends_with_cr_lf,
//   03.Session.answers_a_request_and_keeps_the_connection
// seen in: the original epoll server; curl forgives it, node says HPE_CR_EXPECTED
// symptom: works with curl and in Python, and one client library calls it a parse error
out.append("HTTP/1.1 ");
append_number(out, static_cast<std::uint64_t>(response.status()));
out.append(" ");
out.append(reason_phrase(response.status()));
out.append("\n");
if (!delivery.date.empty()) {
  out.append("Date: ");
  out.append(delivery.date);
  out.append("\n");
}
out.append(response.fields());
if (response.may_have_body()) {
  if (delivery.length) {
    out.append("Content-Length: ");
    append_number(out, *delivery.length);
    out.append("\n");
  } else if (delivery.chunked) {
    out.append("Transfer-Encoding: chunked\n");
  }
}
if (delivery.close) {
  out.append("Connection: close\n");
} else if (delivery.told_to_keep) {
  out.append("Connection: keep-alive\n");
}
out.append("\n");
