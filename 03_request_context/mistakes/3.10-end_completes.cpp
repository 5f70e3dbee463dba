// breaks: a request that is cut off is never handed out
// caught by: 03.Session.the_end_inside_a_request_is_400_and_never_200
// seen in: the original epoll server, which answers 3 of 1,000,000 bytes with 200 OK
// symptom: a client loses its connection in the middle of an upload, and half a file is stored
//   as whole
if (has_begun()) {
  next_ = Next::request;
} else {
  no_more_requests();
}
