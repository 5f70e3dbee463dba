#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include "../../../01_syscall_macro/tests/fail_while.hpp"
#include "../../../02_epoll_module/tests/scratch_folder.hpp"
#include "fuzz.hpp"
#include "http/folder.hpp"
#include "http/text.hpp"
#include "http/url_path.hpp"

namespace fuzz {
namespace {

// A folder with everything in it that could lead out of it, and a secret beside it. Names are short: a
// fuzzer is to find them.
class Site {
 public:
  Site() {
    namespace fs = std::filesystem;
    fs::create_directories(root_ / "s/t");
    std::ofstream(root_ / "a") << "inside";
    std::ofstream(root_ / "s/b c") << "below";
    std::ofstream(root_ / ".h") << "hidden";
    std::ofstream(scratch_.file("x")) << "secret";
    fs::create_symlink("s/b c", root_ / "l");             // a link to a file that is inside
    fs::create_symlink("s/t", root_ / "d");               // ... to a folder
    fs::create_symlink("../x", root_ / "o");              // out of the folder
    fs::create_symlink("..", root_ / "u");                // up
    fs::create_symlink("../../x", root_ / "s/o");         // out, from below
    fs::create_symlink("../s/../../x", root_ / "s/w");    // out, by a detour
    fs::create_symlink(scratch_.file("x"), root_ / "r");  // an absolute one
    fs::create_symlink("/proc/self/root", root_ / "p");   // a magic one [proc(5)]
    fs::create_symlink("m", root_ / "m");                 // to itself
    here_ = fs::canonical(root_).string();
    folders_.push_back(http::Folder::open(here_).value());
    sys::testing::FailWhile missing("syscall", ENOSYS);
    const sys::ScopedObserver watching(missing);
    folders_.push_back(http::Folder::open(here_).value());  // as where openat2 is missing
  }

  void never_leads_out(const std::vector<std::string>& names) const {
    for (const http::Folder& folder : folders_) {
      const auto entry = folder.find(names);
      if (!entry) continue;
      const auto fd = entry->open();
      require(fd.has_value(), "what is found can be opened");
      const std::string place =
          std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd->get())).string();
      require(place == here_ || place.starts_with(here_ + '/'), "what is found is in the folder");
      require(!place.ends_with("/.h"), "what is found is not hidden");
    }
  }

 private:
  ScratchFolder scratch_;
  std::filesystem::path root_ = scratch_.file("files");
  std::string here_;
  std::vector<http::Folder> folders_;
};

std::vector<std::string> lines_of(std::string_view input) {
  std::vector<std::string> names;
  while (true) {
    const std::size_t end = input.find('\n');
    names.emplace_back(input.substr(0, end));
    if (end == input.npos) return names;
    input.remove_prefix(end + 1);
  }
}

void has_one_form(const http::UrlPath& parsed) {
  for (const std::string& name : parsed.segments)
    require(!name.empty() && name != "." && name != ".." && !name.contains('\0'),
            "a segment is a name");
  const std::string text = parsed.encoded();
  require(text.starts_with('/') && !text.starts_with("//"), "a path names no other host");
  require(http::visible_size(text) == text.size() && !text.contains(' '),
          "a path can stand in a head");
  const auto again = http::parse_url_path(text);
  require(again && again->segments == parsed.segments && again->is_folder == parsed.is_folder,
          "a path that was printed again");
  require_equal(again->encoded(), text, "a path that was printed twice");
}

}  // namespace

void path(std::string_view input) {
  static const Site site;
  const auto parsed = http::parse_url_path(input);
  // Of a request it is visible ASCII.
  if (parsed && http::visible_size(input) == input.size()) {
    has_one_form(*parsed);
  }
  if (parsed) site.never_leads_out(parsed->segments);
  site.never_leads_out(lines_of(input));
}

}  // namespace fuzz
