// How a failed expectation shows a Token, in every test of every stage: see the file of this name in
// step 01.
#pragma once

#include <concepts>
#include <ostream>

namespace epoll {

struct Token;  // this is read before token.hpp: a template can wait for it

template <std::same_as<Token> T>
void PrintTo(const T& token, std::ostream* out) {
  *out << "Token(" << token.index << ", " << token.generation << ")";
}

}  // namespace epoll
