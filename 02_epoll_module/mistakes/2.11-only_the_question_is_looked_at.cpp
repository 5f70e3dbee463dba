// breaks: an error of the connection is reported
// caught by: 02.StreamSocket.an_error_is_taken_once,
//     02.TcpStream.a_refused_connect_is_writable_and_reported_by_take_error
// seen in: clients that take "writable" for "connected": getsockopt has succeeded, after all
// symptom: a refused connection counts as made, and fails at the first write, elsewhere
const auto error = get_option(fd(), SOL_SOCKET, SO_ERROR);
if (!error) return sys::failure(error.error());
return {};
