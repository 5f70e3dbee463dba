#include "async/core/intrusive_list.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace {

class Guest : public async::ListHook {
 public:
  explicit Guest(char given) : name(given) {}
  char name;
};

std::string names(const async::IntrusiveList<Guest>& list) {
  std::string text;
  for (const Guest* guest = list.front(); guest != nullptr; guest = list.after(*guest))
    text += guest->name;
  return text;
}

TEST(ListHook, those_in_a_list_come_out_in_the_order_in_which_they_went_in) {
  Guest a('a'), b('b'), c('c');
  async::IntrusiveList<Guest> list;
  for (Guest* guest : {&a, &b, &c}) list.push_back(*guest);
  EXPECT_EQ(names(list), "abc");
  EXPECT_EQ(list.back(), &c);
  EXPECT_EQ(list.pop_front(), &a);
  EXPECT_FALSE(a.is_linked());
  EXPECT_EQ(names(list), "bc");
}

TEST(ListHook, an_empty_list_gives_null) {
  async::IntrusiveList<Guest> list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.front(), nullptr);
  EXPECT_EQ(list.back(), nullptr);
  EXPECT_EQ(list.pop_front(), nullptr);
}

TEST(ListHook, one_that_is_destroyed_is_no_longer_in_its_list) {
  Guest a('a'), c('c');
  std::optional<Guest> b(std::in_place, 'b');
  async::IntrusiveList<Guest> list;
  list.push_back(a);
  list.push_back(*b);
  list.push_back(c);
  b.reset();
  EXPECT_EQ(names(list), "ac");
}

TEST(ListHook, one_that_joins_another_list_leaves_the_first) {
  Guest a('a'), b('b');
  async::IntrusiveList<Guest> first, second;
  first.push_back(a);
  first.push_back(b);
  second.push_back(a);
  EXPECT_EQ(names(first), "b");
  EXPECT_EQ(names(second), "a");
  second.push_back(a);
  EXPECT_EQ(names(second), "a") << "joining again is moving to the end";
}

TEST(ListHook, leaving_twice_is_leaving_once) {
  Guest a('a');
  a.unlink();
  async::IntrusiveList<Guest> list;
  list.push_back(a);
  a.unlink();
  a.unlink();
  EXPECT_TRUE(list.empty());
}

TEST(ListHook, a_list_that_is_destroyed_leaves_its_members_in_none) {
  Guest a('a');
  {
    async::IntrusiveList<Guest> list;
    list.push_back(a);
  }
  EXPECT_FALSE(a.is_linked());
  async::IntrusiveList<Guest> other;
  other.push_back(a);
  EXPECT_EQ(names(other), "a");
}

TEST(ListHook, all_of_a_list_can_be_appended_to_another) {
  Guest a('a'), b('b'), c('c');
  async::IntrusiveList<Guest> first, second;
  first.push_back(a);
  second.push_back(b);
  second.push_back(c);
  first.take_all(second);
  EXPECT_EQ(names(first), "abc");
  EXPECT_TRUE(second.empty());
  first.take_all(second);
  EXPECT_EQ(names(first), "abc");
  second.take_all(first);
  EXPECT_EQ(names(second), "abc");
}

}  // namespace
