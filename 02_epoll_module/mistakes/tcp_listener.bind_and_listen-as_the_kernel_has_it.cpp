// breaks: accepted streams send each write at once
// caught by: 02.TcpListener.accepted_sockets_inherit_that_writes_leave_at_once
// seen in: most first servers: the default of the kernel is Nagle's algorithm
// symptom: the second of two lines comes 40 ms later
sys::Result<> done;
if (options.reuse_address) done = set_option(fd->get(), SOL_SOCKET, SO_REUSEADDR, 1);
if (done && sharing == Sharing::joins_group) done = share_port(fd->get());
if (done) done = sys::without_value(sys::call<::bind>(fd->get(), address.data(), address.size()));
if (done && sharing == Sharing::opens_group) done = share_port(fd->get());
if (done) done = sys::without_value(sys::call<::listen>(fd->get(), options.backlog));
SYS_TRY(done);
