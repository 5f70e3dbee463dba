#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "epoll/token.hpp"
#include "syscall/result.hpp"

namespace {

using epoll::Token;
using testing::PrintToString;

TEST(Printers, a_token_is_printed_as_index_and_generation) {
  EXPECT_EQ(PrintToString(Token{3, 1}), "Token(3, 1)");
  EXPECT_EQ(PrintToString(std::optional<Token>(Token{0, 2})), "(Token(0, 2))");
  EXPECT_EQ(PrintToString(std::vector<Token>{{1, 1}, {2, 1}}), "{ Token(1, 1), Token(2, 1) }");
  EXPECT_EQ(PrintToString(sys::Result<Token>(Token{4, 5})), "Token(4, 5)");
}

}  // namespace
