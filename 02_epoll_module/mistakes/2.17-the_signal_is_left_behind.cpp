// breaks: no SIGPIPE of ours is left pending
// caught by: 02.Pipe.writing_without_a_reader_is_epipe_and_does_not_end_the_process
// seen in: libraries that block SIGPIPE around a write and do not take it away
// symptom: the program ends a moment later, where the mask is put back, far from any pipe
SigpipeHeldBack sigpipe;
if (!sigpipe.status()) return sys::failure(sigpipe.status().error());
const void* const from = bytes.data();
const auto count = sys::call_uninterrupted<::write>(fd(), from, bytes.size());
if (count) return static_cast<std::size_t>(*count);
return sys::failure(count.error());
