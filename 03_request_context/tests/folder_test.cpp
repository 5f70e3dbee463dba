#include "http/folder.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "../../01_syscall_macro/tests/fail_while.hpp"
#include "../../02_epoll_module/tests/scratch_folder.hpp"
#include "syscall/open_descriptors.hpp"

namespace {

using http::Folder;
using sys::testing::FailWhile;
using Names = std::vector<std::string>;

// A folder "files" with something in it, and a secret beside it.
class FolderTest : public testing::Test {
 protected:
  FolderTest() {
    std::filesystem::create_directories(root_ / "sub");
    write(root_ / "a.txt", "inside");
    write(root_ / "sub/b.txt", "below");
    write(root_ / ".hidden", "hidden");
    write(scratch_.file("secret"), "secret");
    std::filesystem::create_symlink("sub/b.txt", root_ / "link");
    std::filesystem::create_symlink("sub", root_ / "folder_link");
    std::filesystem::create_symlink("../secret", root_ / "way_out");
    std::filesystem::create_symlink(scratch_.file("secret"), root_ / "absolute");
    std::filesystem::create_symlink("loop", root_ / "loop");
  }

  static void write(const std::filesystem::path& path, std::string_view text) {
    std::ofstream(path) << text;
  }
  [[nodiscard]] Folder folder() const { return Folder::open(root_.string()).value(); }
  // As where openat2 is missing.
  [[nodiscard]] Folder folder_without_openat2(int error = ENOSYS) const {
    FailWhile missing("syscall", error);
    const sys::ScopedObserver watching(missing);
    return Folder::open(root_.string()).value();
  }
  static std::string text_of(const Folder::Entry& entry) {
    const auto fd = entry.open().value();
    std::vector<std::byte> bytes(entry.size());
    EXPECT_EQ(http::read_at(fd.get(), bytes, 0), bytes.size());
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  static void expect_absent(const Folder& folder, const Names& names) {
    const auto entry = folder.find(names);
    ASSERT_FALSE(entry) << names.back();
    EXPECT_TRUE(Folder::is_absence(entry.error())) << names.back() << entry.error().message();
  }

  const ScratchFolder scratch_;
  const std::filesystem::path root_ = scratch_.file("files");
};

TEST_F(FolderTest, finds_what_is_in_it) {
  const Folder here = folder();
  EXPECT_TRUE(here.follows_links());
  EXPECT_EQ(text_of(here.find(Names{"a.txt"}).value()), "inside");
  EXPECT_EQ(text_of(here.find(Names{"sub", "b.txt"}).value()), "below");
  EXPECT_EQ(text_of(here.find(Names{"link"}).value()), "below");
  EXPECT_EQ(text_of(here.find(Names{"folder_link", "b.txt"}).value()), "below");
  EXPECT_TRUE(here.find(Names{}).value().is_folder());
  EXPECT_TRUE(here.find(Names{"sub"}).value().is_folder());
  EXPECT_TRUE(here.find(Names{"folder_link"}).value().is_folder());
}

TEST_F(FolderTest, serves_nothing_from_outside_and_no_hidden_name) {
  for (const Folder& here : {folder(), folder_without_openat2()}) {
    for (const Names& names : {Names{"way_out"}, Names{"absolute"}, Names{"loop"}, Names{".hidden"},
                               Names{"..", "secret"}, Names{"../secret"}, Names{"sub", ".."},
                               Names{"."}, Names{""}, Names{"nothing"}, Names{"a.txt", "below"},
                               Names{std::string("a.txt\0b", 7)}, Names{std::string(5000, 'x')}})
      expect_absent(here, names);
  }
}

TEST_F(FolderTest, serves_without_openat2_but_follows_no_link) {
  for (const int error : {ENOSYS, EPERM}) {
    const Folder here = folder_without_openat2(error);
    EXPECT_FALSE(here.follows_links());
    EXPECT_EQ(text_of(here.find(Names{"a.txt"}).value()), "inside");
    EXPECT_EQ(text_of(here.find(Names{"sub", "b.txt"}).value()), "below");
    EXPECT_TRUE(here.find(Names{"sub"}).value().is_folder());
    expect_absent(here, {"link"});
    expect_absent(here, {"folder_link"});
    expect_absent(here, {"folder_link", "b.txt"});
  }
}

TEST_F(FolderTest, an_error_of_our_own_is_reported_at_the_start) {
  for (const int error : {EIO, EACCES, ENOMEM, EAGAIN}) {
    FailWhile failing("syscall", error);
    const sys::ScopedObserver watching(failing);
    const auto opened = Folder::open(root_.string());
    ASSERT_FALSE(opened);
    EXPECT_TRUE(sys::is_errno(opened.error(), error));
  }
  FailWhile no_proc("open", ENOENT);
  const sys::ScopedObserver watching(no_proc);
  EXPECT_EQ(sys::error_of(Folder::open(root_.string())), std::errc::no_such_file_or_directory);
}

TEST_F(FolderTest, that_does_not_exist_or_is_no_folder_is_an_error) {
  EXPECT_EQ(sys::error_of(Folder::open(scratch_.file("nothing").string())),
            std::errc::no_such_file_or_directory);
  EXPECT_EQ(sys::error_of(Folder::open(scratch_.file("secret").string())),
            std::errc::not_a_directory);
}

TEST_F(FolderTest, an_error_of_our_own_is_not_taken_for_absence) {
  const Folder here = folder();
  for (const auto* const call : {"syscall", "openat", "fstat"}) {
    for (const int error : {EIO, EACCES, ENOMEM, EMFILE, EAGAIN}) {
      FailWhile failing(call, error);
      const sys::ScopedObserver watching(failing);
      const auto entry = here.find(Names{"a.txt"});
      ASSERT_FALSE(entry) << call;
      EXPECT_TRUE(sys::is_errno(entry.error(), error)) << call;
      EXPECT_FALSE(Folder::is_absence(entry.error())) << call;
    }
  }
}

// A rename beside it makes openat2 unsure [openat2(2), EAGAIN].
TEST_F(FolderTest, an_interrupted_lookup_is_repeated) {
  const Folder here = folder();
  sys::FailNth once(1, EAGAIN, "syscall");
  const sys::ScopedObserver watching(once);
  EXPECT_TRUE(here.find(Names{"a.txt"}));
}

TEST_F(FolderTest, a_file_that_has_become_shorter_is_read_to_its_end) {
  const auto fd = folder().find(Names{"a.txt"}).value().open().value();
  std::array<std::byte, 100> buffer;
  EXPECT_EQ(http::read_at(fd.get(), buffer, 2).value(), 4U);
  EXPECT_EQ(http::read_at(fd.get(), buffer, 200).value(), 0U);
}

TEST_F(FolderTest, that_was_built_again_is_the_new_one) {
  const Folder here = folder();
  std::filesystem::rename(root_, scratch_.file("old"));
  EXPECT_EQ(sys::error_of(here.find(Names{"a.txt"})), sys::error_code(ESTALE))
      << "between the two, the trouble is ours";
  std::filesystem::create_directory(root_);
  write(root_ / "a.txt", "built again");
  EXPECT_EQ(text_of(here.find(Names{"a.txt"}).value()), "built again");
}

TEST_F(FolderTest, a_link_that_was_switched_leads_to_the_new_one) {
  const auto current = scratch_.file("current");
  std::filesystem::create_directory(scratch_.file("next"));
  write(scratch_.file("next") / "a.txt", "next");
  std::filesystem::create_symlink("files", current);
  const Folder here = Folder::open(current.string()).value();
  EXPECT_EQ(text_of(here.find(Names{"a.txt"}).value()), "inside");
  std::filesystem::create_symlink("next", scratch_.file("switched"));
  std::filesystem::rename(scratch_.file("switched"), current);
  EXPECT_EQ(text_of(here.find(Names{"a.txt"}).value()), "next");
}

TEST_F(FolderTest, a_fifo_is_refused_before_it_is_opened) {
  const std::string fifo = (root_ / "fifo").string();
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const auto entry = folder().find(Names{"fifo"});
  ASSERT_TRUE(entry);
  EXPECT_FALSE(entry->is_file());
  EXPECT_EQ(sys::error_of(entry->open()), std::errc::invalid_argument);
  // A writer would be let in as soon as there is a reader [fifo(7)].
  EXPECT_LT(::open(fifo.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC), 0);
  EXPECT_EQ(errno, ENXIO);
}

TEST_F(FolderTest, lists_what_is_for_clients) {
  ASSERT_EQ(::mkfifo((root_ / "fifo").c_str(), 0600), 0);
  const auto names = folder().find(Names{}).value().list(1000);
  EXPECT_EQ(names, (Names{"a.txt", "absolute", "folder_link", "link", "loop", "sub/", "way_out"}));
}

TEST_F(FolderTest, lists_a_limited_number_of_names) {
  const auto many = root_ / "many";
  std::filesystem::create_directory(many);
  for (int i = 0; i < 3000; ++i)
    write(many / ("a name that is long enough for several calls " + std::to_string(i)), "");
  const auto entry = folder().find(Names{"many"}).value();
  EXPECT_EQ(entry.list(10'000).value().size(), 3000U);
  EXPECT_EQ(entry.list(2000).value().size(), 2000U);
}

TEST_F(FolderTest, a_file_is_marked_by_its_version) {
  using std::chrono::seconds;
  using std::chrono::system_clock;
  const auto entry = [&] { return folder().find(Names{"a.txt"}).value(); };
  const auto now = system_clock::now();
  const auto young = entry().validators(now);
  EXPECT_FALSE(young.are_strong());
  EXPECT_LE(young.modified, now);
  const auto old = entry().validators(now + seconds(60));
  EXPECT_TRUE(old.are_strong());
  EXPECT_EQ(young.etag, "W/" + old.etag);
  write(root_ / "a.txt", "longer than it was");
  EXPECT_NE(entry().validators(now + seconds(60)).etag, old.etag);
}

TEST_F(FolderTest, a_file_of_the_far_future_or_past_has_a_time_that_can_be_written) {
  for (const long long second : {253402300800LL, -253402300800LL, 15032385535LL, -2147483648LL}) {
    const std::array<timespec, 2> times = {timespec{second, 0}, timespec{second, 999'999'999}};
    if (::utimensat(AT_FDCWD, (root_ / "a.txt").c_str(), times.data(), 0) != 0) continue;
    const auto now = std::chrono::system_clock::now();
    const auto validators = folder().find(Names{"a.txt"}).value().validators(now);
    EXPECT_LE(validators.modified, now) << second;
    EXPECT_GE(validators.modified, std::chrono::sys_seconds()) << second;
  }
}

TEST_F(FolderTest, leaves_no_descriptor_behind) {
  const sys::DescriptorWatch descriptors;
  for (const Folder& here : {folder(), folder_without_openat2()}) {
    for (const auto& name : {"a.txt", "way_out", "nothing", ".hidden", "sub"}) {
      if (const auto entry = here.find(Names{name})) (void)entry->open();
    }
    (void)here.find(Names{}).value().list(100);
  }
  EXPECT_EQ(descriptors.change(), 0);
}

}  // namespace
