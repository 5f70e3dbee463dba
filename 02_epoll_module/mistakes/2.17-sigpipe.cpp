// breaks: a reader that has gone is an error and no signal
// caught by: 02.Pipe.writing_without_a_reader_is_epipe_and_does_not_end_the_process
// seen in: programs that know MSG_NOSIGNAL, which write to a pipe does not have
// symptom: "server | head" ends the server with exit status 141
const void* const from = bytes.data();
const auto count = sys::call_uninterrupted<::write>(fd(), from, bytes.size());
if (count) return static_cast<std::size_t>(*count);
return sys::failure(count.error());
