// breaks: 204 and 304 announce no body
// caught by: 03.Response.tells_no_length_where_there_can_be_no_body,
//   03.Session.sends_no_body_with_204_and_304
// seen in: handlers that write a length for every answer
// symptom: a client waits for a body that never comes, and takes the next answer for it
out.append("HTTP/1.1 ");
append_number(out, static_cast<std::uint64_t>(response.status()));
out.append(" ");
out.append(reason_phrase(response.status()));
out.append("\r\n");
if (!delivery.date.empty()) {
  out.append("Date: ");
  out.append(delivery.date);
  out.append("\r\n");
}
out.append(response.fields());
if (delivery.length) {
  out.append("Content-Length: ");
  append_number(out, *delivery.length);
  out.append("\r\n");
} else if (delivery.chunked) {
  out.append("Transfer-Encoding: chunked\r\n");
}
if (delivery.close) {
  out.append("Connection: close\r\n");
} else if (delivery.told_to_keep) {
  out.append("Connection: keep-alive\r\n");
}
out.append("\r\n");
