#include "syscall/open_descriptors.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <gtest/gtest.h>

#include "syscall/call.hpp"

namespace {

int open_null() {
  return sys::call<::open>("/dev/null", O_RDONLY | O_CLOEXEC).value();
}

TEST(DescriptorWatch, sees_what_was_opened_and_what_was_closed) {
  const sys::DescriptorWatch at_first;
  EXPECT_EQ(at_first.change(), 0);
  const int one = open_null();
  const int two = open_null();
  EXPECT_EQ(at_first.change(), 2);

  const sys::DescriptorWatch later;
  ASSERT_TRUE(sys::call<::close>(one));
  EXPECT_EQ(later.change(), -1);
  ASSERT_TRUE(sys::call<::close>(two));
  EXPECT_EQ(at_first.change(), 0);
}

TEST(DescriptorWatch, counts_every_descriptor_once_and_not_its_own) {
  std::size_t open = 0;
  for (int fd = 0; fd < 4096; ++fd)
    if (::fcntl(fd, F_GETFD) >= 0) ++open;
  EXPECT_EQ(sys::count_open_descriptors(), open);
}

TEST(DescriptorWatch, looking_leaves_nothing_open) {
  const auto before = sys::count_open_descriptors();
  const auto after = sys::count_open_descriptors();
  ASSERT_TRUE(before);
  EXPECT_GE(*before, 3u);  // standard input, output and error at least
  EXPECT_EQ(before, after);
}

TEST(DescriptorWatch, a_count_that_cannot_be_made_is_an_error_and_no_zero) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto count = sys::count_open_descriptors();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);  // the sanitizers need some, too
  ASSERT_FALSE(count);
  EXPECT_EQ(sys::error_of(count), std::errc::too_many_files_open);
}

}  // namespace
