// breaks: an answer that came before the request was sent is read
// caught by: 04.HttpGetTest.an_answer_is_read_although_the_request_could_not_be_sent
// seen in: many clients: the server says 431 and closes, the client says "Broken pipe"
// symptom: errors of the connection where the server has said what was wrong
const auto rest = std::as_bytes(std::span(request_)).subspan(sent_);
const auto written = stream_->write(rest);
if (written) sent_ += *written;
if (!written && sys::would_block(written.error())) return;
if (!written) {
  finish(std::unexpected(written.error().message()));
  return;
}
if (sent_ < request_.size()) return;
