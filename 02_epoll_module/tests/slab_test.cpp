#include "epoll/slab.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "choices.hpp"

namespace {

using epoll::Slab;
using epoll::Token;

// A copy of the entry; nullopt if the token finds nothing.
template <class T>
std::optional<T> look_up(Slab<T>& slab, Token token) {
  const T* const found = slab.find(token);
  return found != nullptr ? std::optional(*found) : std::nullopt;
}

TEST(Slab, finds_each_entry_by_its_token) {
  Slab<std::string> slab;
  const Token one = slab.emplace("one");
  const Token two = slab.emplace(3, '2');
  EXPECT_NE(one, two);
  EXPECT_EQ(look_up(slab, one), "one");
  EXPECT_EQ(look_up(slab, two), "222");
  EXPECT_EQ(std::as_const(slab).find(two), slab.find(two));
  EXPECT_EQ(slab.size(), 2u);
  EXPECT_FALSE(slab.empty());
}

TEST(Slab, a_token_that_was_never_given_finds_nothing) {
  Slab<int> slab;
  EXPECT_EQ(slab.find(Token{}), nullptr);
  const Token only = slab.emplace(1);
  EXPECT_EQ(slab.find(Token{}), nullptr);
  EXPECT_EQ(slab.find({only.index + 1, only.generation}), nullptr);
  EXPECT_EQ(slab.find({only.index, only.generation + 1}), nullptr);
  EXPECT_EQ(slab.find({0xffffffff, 0xffffffff}), nullptr);
}

TEST(Slab, removing_hands_the_entry_out_once) {
  Slab<std::unique_ptr<int>> slab;
  const Token token = slab.emplace(std::make_unique<int>(42));
  const auto entry = slab.remove(token);
  ASSERT_TRUE(entry);
  EXPECT_EQ(**entry, 42);
  EXPECT_TRUE(slab.empty());
  EXPECT_EQ(slab.find(token), nullptr);
  EXPECT_FALSE(slab.remove(token));
  EXPECT_EQ(slab.size(), 0u);
}

TEST(Slab, a_slot_is_let_again_under_another_token) {
  Slab<std::string> slab;
  const Token old = slab.emplace("old tenant");
  slab.remove(old);
  const Token fresh = slab.emplace("new tenant");
  EXPECT_EQ(fresh.index, old.index);
  EXPECT_NE(fresh, old);
  EXPECT_EQ(slab.find(old), nullptr);
  EXPECT_EQ(look_up(slab, fresh), "new tenant");
  EXPECT_FALSE(slab.remove(old)) << "the old token would have taken the new tenant out";
  EXPECT_EQ(slab.size(), 1u);
}

TEST(Slab, free_slots_are_used_before_it_grows) {
  Slab<int> slab;
  std::vector<Token> tokens;
  for (int i = 0; i < 8; ++i) tokens.push_back(slab.emplace(i));
  for (const std::size_t i : {2u, 5u, 3u}) slab.remove(tokens[i]);
  for (int i = 0; i < 3; ++i) EXPECT_LT(slab.emplace(i).index, 8u);
  EXPECT_EQ(slab.emplace(9).index, 8u);
}

TEST(Slab, has_no_fixed_capacity) {
  Slab<int> slab;
  std::vector<Token> tokens;
  for (int i = 0; i < 5000; ++i) tokens.push_back(slab.emplace(i));
  EXPECT_EQ(slab.size(), 5000u);
  for (int i = 0; i < 5000; ++i) EXPECT_EQ(look_up(slab, tokens[static_cast<std::size_t>(i)]), i);
}

TEST(Slab, a_slot_whose_generations_are_used_up_is_never_let_again) {
  Slab<int, 3> slab;  // generations 1, 2 and 3
  std::vector<Token> given;
  for (int i = 0; i < 6; ++i) {
    const Token token = slab.emplace(i);
    for (const Token& earlier : given) EXPECT_NE(token, earlier);
    EXPECT_EQ(token.index, static_cast<std::uint32_t>(i / 3));
    given.push_back(token);
    slab.remove(token);
  }
  EXPECT_TRUE(slab.empty());
  for (const Token& old : given) EXPECT_EQ(slab.find(old), nullptr);
}

TEST(Slab, destroys_each_entry_once) {
  const auto alive = std::make_shared<int>();
  {
    Slab<std::shared_ptr<int>> slab;
    const Token token = slab.emplace(alive);
    slab.emplace(alive);
    EXPECT_EQ(alive.use_count(), 3);
    slab.remove(token);
    EXPECT_EQ(alive.use_count(), 2) << "a free slot holds nothing";
  }
  EXPECT_EQ(alive.use_count(), 1);
}

struct Picky {
  explicit Picky(int number) {
    if (number < 0) throw std::invalid_argument("negative");
  }
};

TEST(Slab, an_entry_that_cannot_be_made_takes_no_slot) {
  Slab<Picky> slab;
  EXPECT_THROW(slab.emplace(-1), std::invalid_argument);
  EXPECT_TRUE(slab.empty());
  const Token token = slab.emplace(1);
  EXPECT_EQ(token.index, 0u);
  EXPECT_THROW(slab.emplace(-1), std::invalid_argument);
  EXPECT_EQ(slab.emplace(2).index, 1u);
  EXPECT_NE(slab.find(token), nullptr);
}

TEST(Slab, visits_each_entry_and_lets_it_be_removed) {
  Slab<int> slab;
  for (int i = 0; i < 10; ++i) slab.emplace(i);
  int sum = 0;
  slab.for_each([&](Token token, int& value) {
    sum += value;
    if (value % 2 == 0) slab.remove(token);
  });
  EXPECT_EQ(sum, 45);
  EXPECT_EQ(slab.size(), 5u);
  slab.for_each([&](Token token, int& value) {
    EXPECT_EQ(value % 2, 1);
    EXPECT_EQ(slab.find(token), &value);
  });
}

// 300,000 steps, each compared with a map. No token may come a second time, also not when the
// entry that had it is gone from both.
TEST(Slab, behaves_like_a_map_that_never_reuses_a_key) {
  Slab<int> slab;
  std::map<Token, int> expected;
  std::set<Token> given;
  std::vector<Token> ever;
  Choices choices(seed_or(2));
  SCOPED_TRACE(choices.origin());
  for (int step = 0; step < 300'000; ++step) {
    if (choices.below(2) == 0 || ever.empty()) {
      const Token token = slab.emplace(step);
      ASSERT_TRUE(given.insert(token).second) << "this token was given before";
      expected.emplace(token, step);
      ever.push_back(token);
    } else {
      const Token token = ever[choices.below(static_cast<std::uint32_t>(ever.size()))];
      const auto removed = slab.remove(token);
      ASSERT_EQ(removed.has_value(), expected.contains(token));
      ASSERT_EQ(removed.value_or(-1), removed ? expected[token] : -1);
      expected.erase(token);
    }
    ASSERT_EQ(slab.size(), expected.size());
  }
  for (const Token& token : ever) ASSERT_EQ(slab.find(token) != nullptr, expected.contains(token));
}

}  // namespace
