// breaks: a request continues where it stopped
// caught by: 04.HttpGetTest.a_request_that_is_larger_than_the_socket_arrives_whole
// seen in: write loops that pass the same buffer each time
// symptom: 400 Bad Request, for long requests over slow lines
const auto rest = std::as_bytes(std::span(request_));
const auto written = stream_->write(rest);
if (written) sent_ += *written;
if (!written && sys::would_block(written.error())) return;
if (written && sent_ < request_.size()) return;
