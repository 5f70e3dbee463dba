// breaks: a client comes with its address
// caught by: 02.TcpListener.a_client_comes_with_its_address_and_a_stream_that_works
// seen in: the asynchronous runtime of the originals: accept(3, ..., [0])
// symptom: every client in the log comes from 0.0.0.0:0, or none is let in
sockaddr_storage storage{};
socklen_t length = 0;
auto* const raw = reinterpret_cast<sockaddr*>(&storage);
auto fd = sys::call_uninterrupted<::accept4>(fd_.get(), raw, &length,
                                             static_cast<int>(SOCK_NONBLOCK | SOCK_CLOEXEC));
if (!fd) return sys::failure(fd.error());
auto stream = TcpStream::adopt(UniqueFd(*fd));
auto peer = SocketAddress::from_raw(raw, length);
if (!peer) return sys::failure(peer.error());
return Accepted{std::move(stream), *peer};
