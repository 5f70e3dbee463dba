// breaks: a body that comes after its head is waited for
// caught by: 04.HttpGetTest.a_body_that_comes_after_its_head_is_waited_for
// seen in: the client of the originals: 0 of 2 bodies were shown
// symptom: empty pages from slow servers, and complete ones from this machine
if (!progress) {
  finish(std::unexpected(std::string(progress.error().what)));
} else if (*progress != http::Progress::need_more) {
  finish(&parser_.response());
}
