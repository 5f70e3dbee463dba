// breaks: a connect without blocking has begun when it says "in progress"
// caught by: 02.TcpStream.connect_is_done_when_it_is_writable
// seen in: blocking clients that were made non-blocking by one flag
// symptom: "Operation now in progress", at every attempt, although the server is there
auto fd = make_tcp_socket(address.family(), options);
if (!fd) return sys::failure(fd.error());
const auto started = sys::call<::connect>(fd->get(), address.data(), address.size());
if (!started) return sys::failure(started.error());
return TcpStream(std::move(*fd));
