// breaks: what a client has sent before it ended is answered
// caught by: 03.Session.a_request_before_the_end_is_answered,
//   03.Session.the_last_answer_after_the_end_says_close
// seen in: the original poll server, which drops a request when the client's end comes with it
// symptom: of several requests in one go, sent by a script through nc, only the first gets an
//   answer
  return !response.closes() && request().keep_alive() && !ended_ && !finishing_;
