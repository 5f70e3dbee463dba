#include "epoll/socket_file.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "epoll/socket.hpp"
#include "event_source.hpp"
#include "scratch_folder.hpp"

namespace {

using epoll::SocketFile;
using epoll::UnixAddress;

// A socket that is bound to `address`, and so a file.
epoll::UniqueFd bound(const UnixAddress& address) {
  auto fd = epoll::make_socket(AF_UNIX, SOCK_DGRAM).value();
  EXPECT_EQ(::bind(fd.get(), address.data(), address.size()), 0);
  return fd;
}

TEST(SocketFile, the_file_goes_with_its_owner) {
  const ScratchFolder folder;
  const auto socket = bound(folder.address("socket"));
  {
    const auto file = SocketFile::claim(folder.address("socket")).value();
    EXPECT_FALSE(folder.is_empty());
  }
  EXPECT_TRUE(folder.is_empty());
}

TEST(SocketFile, a_file_that_a_successor_has_put_there_is_left_alone) {
  const ScratchFolder folder;
  const auto address = folder.address("socket");
  const auto old_socket = bound(address);
  std::optional file = SocketFile::claim(address).value();
  std::filesystem::remove(folder.file("socket"));
  std::ofstream(folder.file("socket")) << "another program's";
  file.reset();
  EXPECT_TRUE(std::filesystem::exists(folder.file("socket")));
}

TEST(SocketFile, a_file_that_is_already_gone_is_no_error) {
  const ScratchFolder folder;
  const auto socket = bound(folder.address("socket"));
  const auto file = SocketFile::claim(folder.address("socket")).value();
  std::filesystem::remove(folder.file("socket"));
}

TEST(SocketFile, the_file_moves_along_with_its_owner) {
  const ScratchFolder folder;
  const auto first = bound(folder.address("first"));
  const auto second = bound(folder.address("second"));
  SocketFile owner;
  {
    auto file = SocketFile::claim(folder.address("first")).value();
    owner = std::move(file);
  }
  EXPECT_TRUE(std::filesystem::exists(folder.file("first")));
  owner = SocketFile::claim(folder.address("second")).value();
  EXPECT_FALSE(std::filesystem::exists(folder.file("first")));
  EXPECT_TRUE(std::filesystem::exists(folder.file("second")));
  {
    const SocketFile last = std::move(owner);
  }
  EXPECT_TRUE(folder.is_empty());
}

TEST(SocketFile, one_that_is_kept_stays) {
  const ScratchFolder folder;
  const auto socket = bound(folder.address("socket"));
  {
    SocketFile::claim(folder.address("socket")).value().keep();
  }
  EXPECT_FALSE(folder.is_empty());
}

TEST(SocketFile, an_address_that_is_no_path_has_no_file) {
  sys::CallCounter calls;
  const sys::ScopedObserver watching(calls);
  {
    const auto file = SocketFile::claim(UnixAddress::abstract("x").value()).value();
  }
  {
    const auto file = SocketFile::claim(UnixAddress()).value();
  }
  EXPECT_EQ(calls.total(), 0u);
}

TEST(SocketFile, a_file_that_cannot_be_looked_at_is_reported_and_does_not_stay) {
  const ScratchFolder folder;
  const auto socket = bound(folder.address("socket"));
  sys::FailNth first(1, EACCES, "lstat");
  const sys::ScopedObserver watching(first);
  EXPECT_EQ(SocketFile::claim(folder.address("socket")).error(), std::errc::permission_denied);
  EXPECT_TRUE(folder.is_empty());
}

TEST(SocketFile, what_cannot_be_looked_at_in_the_end_is_left_alone) {
  const ScratchFolder folder;
  const auto socket = bound(folder.address("socket"));
  {
    auto file = SocketFile::claim(folder.address("socket")).value();
    sys::FailNth first(1, EACCES, "lstat");
    const sys::ScopedObserver watching(first);
    const SocketFile dropped = std::move(file);
  }
  EXPECT_FALSE(folder.is_empty());
}

TEST(SocketFile, a_copy_that_is_destroyed_in_a_child_leaves_the_file) {
  const ScratchFolder folder;
  const auto socket = bound(folder.address("socket"));
  std::optional file = SocketFile::claim(folder.address("socket")).value();
  const pid_t copy = ::fork();
  if (copy == 0) {
    file.reset();
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(copy, &status, 0), copy);
  EXPECT_FALSE(folder.is_empty());
  file.reset();
  EXPECT_TRUE(folder.is_empty());
}

}  // namespace
