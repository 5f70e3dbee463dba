// breaks: what a client has sent before it ended is answered
// caught by: 03.Session.the_last_answer_after_the_end_says_close
// seen in: the original poll server, which drops a request when the client's end comes with it
// symptom: of several requests in one go, followed by the client's end, not all get an answer
return !response.closes() && request().keep_alive() && !ended_ && !finishing_;
