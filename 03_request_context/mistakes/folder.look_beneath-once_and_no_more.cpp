// breaks: a lookup that a rename has disturbed is repeated
// caught by: 03.FolderTest.an_interrupted_lookup_is_repeated
// seen in: the first version here
// symptom: while a site is being built, some requests for existing files fail
open_how how{};
how.flags = kLook;
how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
const auto fd = sys::call_uninterrupted<::syscall>(static_cast<long>(SYS_openat2), folder,
                                                   path.c_str(), &how, sizeof how);
if (!fd) return sys::failure(fd.error());
return epoll::UniqueFd(static_cast<int>(*fd));
