// breaks: nothing is opened before it is known to be a file
// caught by: 03.FolderTest.a_fifo_is_refused_before_it_is_opened
// seen in: servers of files that open, ask fstat, and close what is no file
// symptom: a backup that writes to a FIFO continues as if its reader were there, and dies of SIGPIPE
open_how how{};
how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
const auto fd = sys::call_uninterrupted<::syscall>(static_cast<long>(SYS_openat2), folder,
                                                   path.c_str(), &how, sizeof how);
if (!fd) return sys::failure(fd.error());
return epoll::UniqueFd(static_cast<int>(*fd));
