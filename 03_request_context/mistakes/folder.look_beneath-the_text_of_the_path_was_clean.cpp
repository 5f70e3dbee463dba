// breaks: no link leads out of the folder
// caught by: 03.FolderTest.serves_nothing_from_outside_and_no_hidden_name
// seen in: servers of files that compare the path with the folder's, and then open it
// symptom: a link in an uploaded archive shows /etc/passwd to every client
const auto fd = sys::call_uninterrupted<::openat>(folder, path.c_str(), kLook);
if (!fd) return sys::failure(fd.error());
return epoll::UniqueFd(*fd);
