#include "epoll/token.hpp"

#include <gtest/gtest.h>

namespace {

using epoll::Token;

TEST(Token, travels_through_64_bits_and_back) {
  for (const Token token : {Token{}, Token{1, 0}, Token{0, 1}, Token{0xffffffff, 0xfffffffe},
                            Token{0x80000000, 0x80000000}})
    EXPECT_EQ(Token::unpack(token.packed()), token);
}

TEST(Token, index_and_generation_do_not_mix) {
  EXPECT_EQ((Token{5, 7}.packed()), 0x0000'0007'0000'0005u);
  EXPECT_EQ(Token::unpack(0xffffffff).generation, 0u);
  EXPECT_EQ(Token::unpack(0xffffffff'00000000).index, 0u);
}

TEST(Token, another_tenant_of_the_same_slot_is_another_token) {
  EXPECT_NE((Token{3, 1}), (Token{3, 2}));
  EXPECT_NE((Token{3, 1}), (Token{4, 1}));
  EXPECT_EQ((Token{3, 1}), (Token{3, 1}));
}

}  // namespace
