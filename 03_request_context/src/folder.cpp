#include "http/folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "syscall/call.hpp"

namespace http {
namespace {

// A path for asking, not for reading: nothing is opened.
constexpr int kLook = O_PATH | O_CLOEXEC;

// openat2 says EAGAIN when it cannot be sure because something was renamed meanwhile [openat2(2)].
constexpr int kAttempts = 32;

// A file that was changed less than so many seconds ago may change again at the same time, as far as
// its clock can tell.
constexpr std::int64_t kYoung = 2;

bool is_for_clients(std::string_view name) {
  return !name.empty() && !name.starts_with('.') && !name.contains('/') && !name.contains('\0');
}

// Below `folder`, in one call.
sys::Result<epoll::UniqueFd> look_beneath(int folder, const std::string& path) {
  // #region folder.look_beneath
  open_how how{};
  how.flags = kLook;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (int attempt = 1;; ++attempt) {
    // The C library has no function of that name yet.
    const auto fd = sys::call_uninterrupted<::syscall>(static_cast<long>(SYS_openat2), folder,
                                                       path.c_str(), &how, sizeof how);
    if (fd) return epoll::UniqueFd(static_cast<int>(*fd));
    const bool was_disturbed = fd.error() == std::errc::resource_unavailable_try_again;
    if (!was_disturbed || attempt == kAttempts) return sys::failure(fd.error());
  }
  // #endregion folder.look_beneath
}

sys::Result<epoll::UniqueFd> look_at(int folder, const char* name, int flags) {
  const auto fd = sys::call_uninterrupted<::openat>(folder, name, kLook | flags);
  SYS_TRY(fd);
  return epoll::UniqueFd(*fd);
}

sys::Result<struct stat> status_of(int fd) {
  struct stat status{};
  SYS_TRY(sys::call<::fstat>(fd, &status));
  return status;
}

// The same in one call for each name. O_NOFOLLOW with O_PATH gives the link itself, and with
// O_DIRECTORY ENOTDIR [open(2)].
sys::Result<epoll::UniqueFd> walk(epoll::UniqueFd folder, std::span<const std::string> names) {
  // #region folder.walk
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool is_last = i + 1 == names.size();
    auto next = look_at(folder.get(), names[i].c_str(), O_NOFOLLOW | (is_last ? 0 : O_DIRECTORY));
    if (!next) return next;
    folder = std::move(*next);
  }
  const auto status = status_of(folder.get());
  SYS_TRY(status);
  if (S_ISLNK(status->st_mode)) return sys::failure(std::errc::too_many_symbolic_link_levels);
  return folder;
  // #endregion folder.walk
}

// Opens what an O_PATH descriptor stands for, and no other thing that has its name by now [proc(5)].
sys::Result<epoll::UniqueFd> open_again(int fd, int flags) {
  std::array<char, 32> path;
  std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", fd);
  const char* const name = path.data();
  const auto opened = sys::call_uninterrupted<::open>(name, O_RDONLY | O_CLOEXEC | flags);
  SYS_TRY(opened);
  return epoll::UniqueFd(*opened);
}

// Adds what `buffer` holds of a folder [getdents(2)].
void add_names(std::span<const char> buffer, std::size_t most, std::vector<std::string>& names) {
  while (!buffer.empty() && names.size() < most) {
    dirent64 entry{};
    std::memcpy(&entry, buffer.data(), std::min(buffer.size(), sizeof entry));
    const std::string name(entry.d_name);
    buffer = buffer.subspan(entry.d_reclen);
    const unsigned char kind = entry.d_type;
    const bool may_be_read =
        kind == DT_REG || kind == DT_DIR || kind == DT_LNK || kind == DT_UNKNOWN;
    if (may_be_read && is_for_clients(name)) names.push_back(kind == DT_DIR ? name + '/' : name);
  }
}

}  // namespace

// --- Entry

Validators Folder::Entry::validators(std::chrono::system_clock::time_point now) const {
  const std::int64_t now_second =
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::int64_t second = status_.st_mtim.tv_sec;  // whatever touch(1) was told
  Validators result;
  result.modified = std::chrono::sys_seconds(
      std::chrono::seconds(std::clamp<std::int64_t>(second, 0, now_second)));
  const bool is_young = second > now_second - kYoung;
  std::array<char, 96> tag;
  std::snprintf(tag.data(), tag.size(), "%s\"%llx-%llx-%llx.%lx\"", is_young ? "W/" : "",
                static_cast<unsigned long long>(status_.st_ino),
                static_cast<unsigned long long>(status_.st_size),
                static_cast<unsigned long long>(second),
                static_cast<unsigned long>(status_.st_mtim.tv_nsec));
  result.etag = tag.data();
  return result;
}

sys::Result<epoll::UniqueFd> Folder::Entry::open() const {
  if (is_folder()) return open_again(fd_.get(), O_DIRECTORY);
  if (is_file()) return open_again(fd_.get(), O_NOCTTY);
  return sys::failure(std::errc::invalid_argument);
}

sys::Result<std::vector<std::string>> Folder::Entry::list(std::size_t most) const {
  const auto folder = open_again(fd_.get(), O_DIRECTORY);
  SYS_TRY(folder);
  std::vector<std::string> names;
  alignas(dirent64) std::array<char, 32 * 1024> buffer;
  void* const into = buffer.data();
  while (names.size() < most) {
    const auto count = sys::call_uninterrupted<::getdents64>(folder->get(), into, buffer.size());
    SYS_TRY(count);
    if (*count == 0) break;
    add_names(std::span(buffer).first(static_cast<std::size_t>(*count)), most, names);
  }
  std::ranges::sort(names);
  return names;
}

// --- Folder

sys::Result<Folder> Folder::open(const std::string& path) {
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(path, error).string();
  if (error) return sys::failure(error);
  Folder folder(absolute, true);
  const auto root = look_at(AT_FDCWD, absolute.c_str(), O_DIRECTORY);
  SYS_TRY(root);
  // Opened for reading once: this user must be allowed to, and /proc must be there.
  SYS_TRY(open_again(root->get(), O_DIRECTORY));
  if (const auto beneath = look_beneath(root->get(), "."); !beneath) {
    const std::error_code why = beneath.error();
    // An old kernel, and a sandbox that was written before the call was [seccomp(2)].
    const bool is_missing =
        why == std::errc::function_not_supported || why == std::errc::operation_not_permitted;
    if (!is_missing) return sys::failure(why);
    folder.has_openat2_ = false;
  }
  return folder;
}

sys::Result<epoll::UniqueFd> Folder::root() const {
  auto fd = look_at(AT_FDCWD, path_.c_str(), O_DIRECTORY);
  if (!fd && is_absence(fd.error())) return sys::failure(ESTALE);
  return fd;
}

sys::Result<Folder::Entry> Folder::find(std::span<const std::string> names) const {
  if (!std::ranges::all_of(names, is_for_clients))
    return sys::failure(std::errc::no_such_file_or_directory);
  auto fd = root();
  SYS_TRY(fd);
  if (!names.empty()) {
    if (has_openat2_) {
      std::string path;
      for (const std::string& name : names) path.append(path.empty() ? "" : "/").append(name);
      fd = look_beneath(fd->get(), path);
    } else {
      fd = walk(std::move(*fd), names);
    }
  }
  SYS_TRY(fd);
  const auto status = status_of(fd->get());
  SYS_TRY(status);
  return Entry(std::move(*fd), *status);
}

bool Folder::is_absence(std::error_code error) noexcept {
  // #region folder.is_absence
  for (const int number : {ENOENT, ENOTDIR, ELOOP, EXDEV, ENAMETOOLONG}) {
    if (sys::is_errno(error, number)) return true;
  }
  return false;
  // #endregion folder.is_absence
}

sys::Result<std::size_t> read_at(int fd, std::span<std::byte> buffer, std::uint64_t offset) {
  std::size_t have = 0;
  while (have < buffer.size()) {
    void* const into = buffer.data() + have;
    const auto count = sys::call_uninterrupted<::pread>(fd, into, buffer.size() - have,
                                                        static_cast<off_t>(offset + have));
    SYS_TRY(count);
    if (*count == 0) break;
    have += static_cast<std::size_t>(*count);
  }
  return have;
}

}  // namespace http
