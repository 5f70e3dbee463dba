// breaks: no read or write of a client blocks
// caught by: 02.TcpStream.does_not_block_and_is_closed_in_a_child
// seen in: ports from BSD, where an accepted socket has the flags of its listener; on Linux it has
//     none of them [accept(2)]
// symptom: one client that does not read stops the whole server
sockaddr_storage storage{};
socklen_t length = sizeof storage;
auto* const raw = reinterpret_cast<sockaddr*>(&storage);
auto fd = sys::call_uninterrupted<::accept4>(fd_.get(), raw, &length,
                                             static_cast<int>(SOCK_CLOEXEC));
if (!fd) return sys::failure(fd.error());
auto stream = TcpStream::adopt(UniqueFd(*fd));
auto peer = SocketAddress::from_raw(raw, length);
if (!peer) return sys::failure(peer.error());
return Accepted{std::move(stream), *peer};
