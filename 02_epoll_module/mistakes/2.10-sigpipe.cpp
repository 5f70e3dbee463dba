// breaks: a peer that has gone is an error and no signal
// caught by: 02.StreamSocket.writing_to_a_peer_that_is_gone_is_an_error_and_no_signal,
//     02.TcpStream.writing_to_a_peer_that_is_gone_is_an_error_and_no_signal
// seen in: C and C++ servers; the originals are spared, because Rust's runtime ignores SIGPIPE
// symptom: the server is gone, with exit status 141 and not a word in its log
const void* const from = bytes.data();
return to_size(sys::call_uninterrupted<::send>(fd(), from, bytes.size(), 0));
