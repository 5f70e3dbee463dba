// breaks: a request that the kernel does not take at once is sent whole
// caught by: 04.HttpGetTest.a_request_that_is_larger_than_the_socket_arrives_whole
// seen in: clients whose requests are short
// symptom: a request with a long query is never answered
const auto rest = std::as_bytes(std::span(request_)).subspan(sent_);
const auto written = stream_->write(rest);
if (written) sent_ += *written;
if (!written && sys::would_block(written.error())) return;
