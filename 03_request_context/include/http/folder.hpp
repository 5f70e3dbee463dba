// The files of one folder, and no others.
//
// A name comes from a client, and must not be trusted. The kernel ensures that neither ".." nor a
// link leads out of the folder, by RESOLVE_BENEATH. No check of a name's text can replace that,
// since a link may be changed between the check and the open [openat2(2)]. Where the kernel has no
// openat2, or a sandbox forbids it, the path is walked name by name, and links are not followed at
// all.
//
// The folder is looked up again each time: if it has been rebuilt, or is a link that has been
// switched to the next release, the new one is served from then on.
//
// Every call here may block on a disk; a runtime makes them in another thread (blocking.hpp).
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
  // `path` is absolute, or relative to the working directory at the time of the call. Errors are
  // those of open(2): ENOENT, ENOTDIR, EACCES; and whatever prevents every file of the folder from
  // being opened, such as ENOENT if there is no /proc.
  [[nodiscard]] static sys::Result<Folder> open(const std::string& path);

  // False where openat2 is not available: links in the folder are then not followed.
  [[nodiscard]] bool follows_links() const noexcept { return has_openat2_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  // The file or folder that a name refers to. The Entry owns a descriptor that can be queried but
  // not read [open(2), O_PATH]: nothing has been opened yet, so the writer of a FIFO keeps waiting,
  // and no device is affected.
  class Entry {
   public:
    Entry(epoll::UniqueFd fd, const struct stat& status) noexcept
        : fd_(std::move(fd)), status_(status) {}

    [[nodiscard]] bool is_file() const noexcept { return S_ISREG(status_.st_mode); }
    [[nodiscard]] bool is_folder() const noexcept { return S_ISDIR(status_.st_mode); }
    [[nodiscard]] std::uint64_t size() const noexcept {  // of a file, in bytes
      return static_cast<std::uint64_t>(status_.st_size);
    }
    // The validators of this version of a file. They are weak while it is younger than two seconds
    // at `now`, because it might change once more within the resolution of its time. The time is
    // not later than `now` [RFC 9110 8.8.2.1].
    [[nodiscard]] Validators validators(std::chrono::system_clock::time_point now) const;

    // Opens it for reading. EINVAL if it is neither a file nor a folder.
    [[nodiscard]] sys::Result<epoll::UniqueFd> open() const;
    // The names in a folder, sorted; the names of folders end with a slash. Names that begin with a
    // dot are left out, and so is everything that is neither file, folder nor link. At most `most`.
    [[nodiscard]] sys::Result<std::vector<std::string>> list(std::size_t most) const;

   private:
    epoll::UniqueFd fd_;
    struct stat status_;
  };

  // The entry at this path below the folder; without names, the folder itself. Errors:
  //   is_absence      there is no such entry, or it is not for clients: a name with a dot in front,
  //                   with a slash in it, or one that leads out of the folder, as an absolute
  //                   link does wherever it ends
  //   EACCES          this user has no permission
  //   ESTALE          the folder itself does not exist at the moment
  //   others          an error of our own: EMFILE, ENOMEM, EIO
  [[nodiscard]] sys::Result<Entry> find(std::span<const std::string> names) const;

  [[nodiscard]] static bool is_absence(std::error_code error) noexcept;

 private:
  Folder(std::string path, bool has_openat2) noexcept
      : path_(std::move(path)), has_openat2_(has_openat2) {}
  [[nodiscard]] sys::Result<epoll::UniqueFd> root() const;

  std::string path_;  // absolute
  bool has_openat2_;
};

// Reads bytes of a file from `offset` on: as many as `buffer` holds, fewer at the end of the file.
[[nodiscard]] sys::Result<std::size_t> read_at(int fd, std::span<std::byte> buffer,
                                               std::uint64_t offset);

}  // namespace http
