#include "epoll/unix_address.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>

#include "epoll/socket.hpp"
#include "event_source.hpp"
#include "scratch_folder.hpp"

namespace {

using epoll::UnixAddress;
using namespace std::string_literals;

constexpr socklen_t kNameAt = offsetof(sockaddr_un, sun_path);

TEST(UnixAddress, a_path_is_printed_as_it_was_parsed) {
  const auto address = UnixAddress::parse("run/app.sock").value();
  EXPECT_TRUE(address.is_path());
  EXPECT_FALSE(address.is_abstract());
  EXPECT_FALSE(address.is_unnamed());
  EXPECT_EQ(address.name(), "run/app.sock");
  EXPECT_EQ(address.to_string(), "run/app.sock");
  EXPECT_EQ(address, UnixAddress::path("run/app.sock").value());
  EXPECT_EQ(address.data()->sa_family, AF_UNIX);
  EXPECT_EQ(address.size(), kNameAt + 13);  // with the NUL
}

TEST(UnixAddress, an_abstract_name_is_printed_with_its_sign) {
  const auto address = UnixAddress::parse("@app").value();
  EXPECT_TRUE(address.is_abstract());
  EXPECT_FALSE(address.is_path());
  EXPECT_EQ(address.name(), "app");
  EXPECT_EQ(address.to_string(), "@app");
  EXPECT_EQ(address, UnixAddress::abstract("app").value());
  EXPECT_NE(address, UnixAddress::path("app").value());
  EXPECT_EQ(address.size(), kNameAt + 4);  // the sign and the name, and no NUL at the end
}

TEST(UnixAddress, an_abstract_name_may_have_any_bytes) {
  const auto address = UnixAddress::abstract("a\0b\0"s).value();
  EXPECT_EQ(address.name(), "a\0b\0"s);
  EXPECT_NE(address, UnixAddress::abstract("a").value());
  EXPECT_EQ(UnixAddress::parse(address.to_string()).value(), address);
}

TEST(UnixAddress, a_file_whose_name_begins_like_an_abstract_one_is_still_printed_as_a_file) {
  const auto address = UnixAddress::path("@app").value();
  EXPECT_EQ(address.to_string(), "./@app");
  EXPECT_TRUE(UnixAddress::parse(address.to_string()).value().is_path());
}

TEST(UnixAddress, one_without_a_name_is_unnamed) {
  const UnixAddress address;
  EXPECT_TRUE(address.is_unnamed());
  EXPECT_FALSE(address.is_path());
  EXPECT_FALSE(address.is_abstract());
  EXPECT_EQ(address.to_string(), "");
  EXPECT_EQ(address.size(), sizeof(sa_family_t));
}

TEST(UnixAddress, the_longest_name_fits_and_one_byte_more_is_enametoolong) {
  ASSERT_EQ(UnixAddress::kMaxLength, 107u);
  const std::string longest(107, 'x');
  EXPECT_EQ(UnixAddress::path(longest).value().name(), longest);
  EXPECT_EQ(UnixAddress::abstract(longest).value().name(), longest);
  EXPECT_EQ(UnixAddress::path(longest + "x").error(), std::errc::filename_too_long);
  EXPECT_EQ(UnixAddress::abstract(longest + "x").error(), std::errc::filename_too_long);
  EXPECT_EQ(UnixAddress::parse("@" + longest + "x").error(), std::errc::filename_too_long);
}

TEST(UnixAddress, an_empty_name_or_a_nul_in_a_path_is_einval) {
  EXPECT_EQ(UnixAddress::parse("").error(), std::errc::invalid_argument);
  EXPECT_EQ(UnixAddress::parse("@").error(), std::errc::invalid_argument);
  EXPECT_EQ(UnixAddress::path("a\0b"s).error(), std::errc::invalid_argument);
}

TEST(UnixAddress, what_the_kernel_writes_is_what_was_bound) {
  const ScratchFolder folder;
  for (const auto& address : {folder.address("socket"), UnixAddress()}) {
    const auto fd = epoll::make_socket(AF_UNIX, SOCK_STREAM).value();
    EXPECT_TRUE(epoll::unix_local_address_of(fd.get()).value().is_unnamed());
    ASSERT_EQ(::bind(fd.get(), address.data(), address.size()), 0);
    const auto bound = epoll::unix_local_address_of(fd.get()).value();
    if (address.is_unnamed()) {
      EXPECT_TRUE(bound.is_abstract()) << bound.to_string();  // the kernel has chosen one
    } else {
      EXPECT_EQ(bound, address);
    }
    EXPECT_EQ(UnixAddress::parse(bound.to_string()).value(), bound);
  }
}

TEST(UnixAddress, an_abstract_name_is_bound_without_a_tail) {
  // Unique on this machine: the kernel has just chosen it for a socket, and a suffix is added.
  const auto chooser = epoll::make_socket(AF_UNIX, SOCK_STREAM).value();
  ASSERT_EQ(::bind(chooser.get(), UnixAddress().data(), UnixAddress().size()), 0);
  const auto name = std::string(epoll::unix_local_address_of(chooser.get()).value().name()) + "-b";
  const auto address = UnixAddress::abstract(name).value();
  const auto fd = epoll::make_socket(AF_UNIX, SOCK_STREAM).value();
  ASSERT_EQ(::bind(fd.get(), address.data(), address.size()), 0);
  EXPECT_EQ(epoll::unix_local_address_of(fd.get()).value().name(), name);
}

TEST(UnixAddress, a_path_that_fills_the_whole_field_is_read_whole) {
  // Others may bind a path of 108 bytes, and the kernel then reports a size beyond the structure.
  sockaddr_storage storage{};
  auto* const raw = reinterpret_cast<sockaddr_un*>(&storage);
  raw->sun_family = AF_UNIX;
  std::memset(raw->sun_path, 'x', sizeof raw->sun_path);
  const auto* const address = reinterpret_cast<const sockaddr*>(&storage);
  EXPECT_EQ(UnixAddress::from_raw(address, sizeof(sockaddr_un) + 1).value().name(),
            std::string(108, 'x'));
}

TEST(UnixAddress, what_is_no_unix_address_is_refused) {
  sockaddr_in other{};
  other.sin_family = AF_INET;
  const auto* const raw = reinterpret_cast<const sockaddr*>(&other);
  EXPECT_EQ(UnixAddress::from_raw(raw, sizeof other).error(),
            std::errc::address_family_not_supported);
  EXPECT_EQ(UnixAddress::from_raw(raw, 1).error(), std::errc::invalid_argument);
  EXPECT_TRUE(UnixAddress::from_raw(raw, 0).value().is_unnamed());
}

TEST(UnixAddress, a_socket_that_cannot_be_asked_reports_why) {
  EXPECT_EQ(epoll::unix_local_address_of(-1).error(), std::errc::bad_file_descriptor);
  const auto fd = epoll::make_socket(AF_UNIX, SOCK_STREAM).value();
  EXPECT_EQ(epoll::unix_peer_address_of(fd.get()).error(), std::errc::not_connected);
}

}  // namespace
