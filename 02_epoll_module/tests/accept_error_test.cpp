#include "epoll/accept_error.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <ios>

namespace {

enum class Kind { would_block, transient, descriptors, memory, broken };

struct Row {
  int error_number;
  Kind kind;
};

// Every errno that accept(2) names but EINTR, for which the listeners repeat the call.
constexpr Row kRows[] = {
    {EAGAIN, Kind::would_block},
    {EWOULDBLOCK, Kind::would_block},
    {EBADF, Kind::broken},
    {ECONNABORTED, Kind::transient},
    {EFAULT, Kind::broken},
    {EINVAL, Kind::broken},
    {EMFILE, Kind::descriptors},
    {ENFILE, Kind::descriptors},
    {ENOBUFS, Kind::memory},
    {ENOMEM, Kind::memory},
    {ENOTSOCK, Kind::broken},
    {EPERM, Kind::transient},
    {EPROTO, Kind::transient},
    // "Error handling": these are to be treated like EAGAIN by retrying.
    {ENETDOWN, Kind::transient},
    {ENOPROTOOPT, Kind::transient},
    {EHOSTDOWN, Kind::transient},
    {ENONET, Kind::transient},
    {EHOSTUNREACH, Kind::transient},
    {EOPNOTSUPP, Kind::transient},
    {ENETUNREACH, Kind::transient},
    // "Various Linux kernels can return other errors such as":
    {ENOSR, Kind::memory},
    {ESOCKTNOSUPPORT, Kind::broken},
    {EPROTONOSUPPORT, Kind::broken},
    {ETIMEDOUT, Kind::transient},
};

TEST(AcceptError, every_error_of_accept_is_of_one_kind) {
  for (const auto& [error_number, kind] : kRows) {
    SCOPED_TRACE(std::strerror(error_number));
    const std::error_code error = sys::error_code(error_number);
    EXPECT_EQ(sys::would_block(error), kind == Kind::would_block);
    EXPECT_EQ(epoll::is_transient_accept_error(error), kind == Kind::transient);
    EXPECT_EQ(epoll::is_out_of_descriptors(error), kind == Kind::descriptors);
    EXPECT_EQ(epoll::is_resource_exhausted(error),
              kind == Kind::descriptors || kind == Kind::memory);
  }
}

TEST(AcceptError, the_error_of_another_category_is_none_of_them) {
  const std::error_code error(EMFILE, std::iostream_category());
  EXPECT_FALSE(epoll::is_transient_accept_error(error));
  EXPECT_FALSE(epoll::is_resource_exhausted(error));
}

}  // namespace
