// breaks: a head has to come to its end in time
// caught by: 04.HttpGetTest.a_head_has_one_deadline_and_each_piece_of_a_body_a_new_one
// seen in: this client, which counted silence alone
// symptom: a server that sends a byte a second keeps the client for as long as it likes
if (progress && *progress == http::Progress::head_complete) {
  has_head_ = true;
  progress = parser_.feed(input_.data());
}
if (!progress) {
  finish(std::unexpected(std::string(progress.error().what)));
} else if (*progress == http::Progress::complete) {
  finish(&parser_.response());
} else {
  set_time_limit();
}
