// breaks: a connection ends with the process that has accepted it
// caught by: 02.Inheritance.a_child_finds_none_of_our_descriptors,
//     02.TcpStream.does_not_block_and_is_closed_in_a_child
// seen in: the asynchronous runtime of the originals
// symptom: a client waits for the end of an answer that was sent long ago: a child process holds
//     its connection open
sockaddr_storage storage{};
socklen_t length = sizeof storage;
auto* const raw = reinterpret_cast<sockaddr*>(&storage);
auto fd = sys::call_uninterrupted<::accept4>(fd_.get(), raw, &length,
                                             static_cast<int>(SOCK_NONBLOCK));
if (!fd) return sys::failure(fd.error());
auto stream = TcpStream::adopt(UniqueFd(*fd));
auto peer = SocketAddress::from_raw(raw, length);
if (!peer) return sys::failure(peer.error());
return Accepted{std::move(stream), *peer};
