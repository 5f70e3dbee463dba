// The files of one folder, and no others.
//
// A name comes from a client, and is not to be trusted. The kernel sees to it that neither ".." nor a
// link leads out of the folder: RESOLVE_BENEATH, which no check of a name's text can replace, since a
// link may be changed between the check and the open [openat2(2)]. Where the kernel has no openat2,
// or a sandbox forbids it, the path is walked name by name, and no link is followed at all.
//
// The folder is looked up anew each time: one that was built again, or a link that was switched to
// the next release, is served from then on.
//
// Every call here may wait for a disk; a runtime makes them in another thread (blocking.hpp).
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "epoll/unique_fd.hpp"
#include "http/validators.hpp"
#include "syscall/result.hpp"

namespace http {

class Folder {
 public:
  // `path`, absolute or relative to the working directory of now. Errors as of open(2): ENOENT,
  // ENOTDIR, EACCES; and whatever keeps every file of it from being opened, such as ENOENT for a
  // /proc that is not there.
  [[nodiscard]] static sys::Result<Folder> open(const std::string& path);

  // False where openat2 cannot be had: links in the folder lead nowhere.
  [[nodiscard]] bool follows_links() const noexcept { return has_openat2_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  // What a name stands for. It owns a descriptor that can be asked and not read [open(2), O_PATH]:
  // nothing has been opened yet, so a FIFO's writer goes on waiting, and no device notices.
  class Entry {
   public:
    Entry(epoll::UniqueFd fd, const struct stat& status) noexcept
        : fd_(std::move(fd)), status_(status) {}

    [[nodiscard]] bool is_file() const noexcept { return S_ISREG(status_.st_mode); }
    [[nodiscard]] bool is_folder() const noexcept { return S_ISDIR(status_.st_mode); }
    [[nodiscard]] std::uint64_t size() const noexcept {  // of a file, in bytes
      return static_cast<std::uint64_t>(status_.st_size);
    }
    // The marks of this version of a file. They are weak while it is younger than two seconds at
    // `now`: it might change once more within the resolution of its time. Its time is not later
    // than `now` [RFC 9110 8.8.2.1].
    [[nodiscard]] Validators validators(std::chrono::system_clock::time_point now) const;

    // To be read. EINVAL for what is neither a file nor a folder.
    [[nodiscard]] sys::Result<epoll::UniqueFd> open() const;
    // The names in a folder, sorted; those of folders end with a slash. Not among them: names with
    // a dot in front, and what is neither file, folder nor link. At most `most`.
    [[nodiscard]] sys::Result<std::vector<std::string>> list(std::size_t most) const;

   private:
    epoll::UniqueFd fd_;
    struct stat status_;
  };

  // What this path below the folder stands for; for no names, the folder itself. Errors:
  //   is_absence      there is no such thing, or it is not for clients: a name with a dot in front,
  //                   with a slash in it, or one that leads out of the folder, as an absolute
  //                   link does wherever it ends
  //   EACCES          this user may not
  //   ESTALE          the folder itself is not there at the moment
  //   others          the trouble is ours: EMFILE, ENOMEM, EIO
  [[nodiscard]] sys::Result<Entry> find(std::span<const std::string> names) const;

  [[nodiscard]] static bool is_absence(std::error_code error) noexcept;

 private:
  Folder(std::string path, bool has_openat2) noexcept
      : path_(std::move(path)), has_openat2_(has_openat2) {}
  [[nodiscard]] sys::Result<epoll::UniqueFd> root() const;

  std::string path_;  // absolute
  bool has_openat2_;
};

// Bytes of a file from `offset` on: as many as `buffer` holds, fewer at the end of the file.
[[nodiscard]] sys::Result<std::size_t> read_at(int fd, std::span<std::byte> buffer,
                                               std::uint64_t offset);

}  // namespace http
