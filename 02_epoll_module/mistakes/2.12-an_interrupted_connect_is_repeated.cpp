// breaks: a connect that a signal interrupts continues by itself
// caught by: 02.TcpStream.a_connect_that_a_signal_interrupts_continues_in_the_background
// seen in: wrappers that repeat every call after EINTR [connect(2): not this one]
// symptom: "Operation already in progress", once in a while, in a program that gets signals
auto fd = make_tcp_socket(address.family(), options);
if (!fd) return sys::failure(fd.error());
auto started = sys::call<::connect>(fd->get(), address.data(), address.size());
while (!started && sys::interrupted(started.error()))
  started = sys::call<::connect>(fd->get(), address.data(), address.size());
if (!started && started.error() != std::errc::operation_in_progress)
  return sys::failure(started.error());
return TcpStream(std::move(*fd));
