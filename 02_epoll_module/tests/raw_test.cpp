#include "epoll/raw.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "epoll/unique_fd.hpp"
#include "event_source.hpp"
#include "syscall/call.hpp"

namespace {

// An eventfd is the simplest thing that can be ready: readable while its count is not 0, writable
// unless it is full.
epoll::UniqueFd make_eventfd(unsigned count = 0) {
  return epoll::UniqueFd(sys::call<::eventfd>(count, int{EFD_NONBLOCK | EFD_CLOEXEC}).value());
}

// What one look reports; nullopt if nothing is ready.
std::optional<epoll_event> look(int epoll_fd) {
  epoll_event event{};
  const auto count = sys::call<::epoll_wait>(epoll_fd, &event, 1, 0).value();
  if (count == 0) return std::nullopt;
  return event;
}
std::optional<epoll::Key> ready_key(int epoll_fd) {
  const auto event = look(epoll_fd);
  if (!event) return std::nullopt;
  return epoll::Key{
      event->data.u64};  // a copy: the struct is packed, and nothing may refer into it
}

class Raw : public testing::Test {
 protected:
  epoll::UniqueFd epoll_{epoll::epoll_create().value()};
  epoll::UniqueFd ready_ = make_eventfd(1);
  epoll::UniqueFd idle_ = make_eventfd(0);
};

TEST_F(Raw, an_epoll_instance_is_closed_in_a_child) {
  EXPECT_TRUE(event_source::closes_on_exec(epoll_.get()));
}

TEST_F(Raw, an_epoll_instance_costs_one_call) {
  sys::CallCounter calls;
  {
    sys::ScopedObserver watching(calls);
    epoll::close(epoll::epoll_create().value());
  }
  EXPECT_EQ(calls.summary(), "close 1, epoll_create1 1");
}

TEST(RawFlags, interest_is_for_reading_or_for_writing_and_for_one_event) {
  EXPECT_EQ(epoll::kReadFlags, EPOLLONESHOT | static_cast<std::uint32_t>(EPOLLIN));
  EXPECT_EQ(epoll::kWriteFlags, EPOLLONESHOT | static_cast<std::uint32_t>(EPOLLOUT));
  const epoll_event read = epoll::listener_read_event(100);
  EXPECT_EQ(std::uint32_t{read.events}, epoll::kReadFlags);
  EXPECT_EQ(std::uint64_t{read.data.u64}, 100u);
  const epoll_event write = epoll::listener_write_event(101);
  EXPECT_EQ(std::uint32_t{write.events}, epoll::kWriteFlags);
  EXPECT_EQ(std::uint64_t{write.data.u64}, 101u);
}

TEST_F(Raw, an_event_brings_its_key_back_whole) {
  const epoll::Key key = 0xfedc'ba98'7654'3210;
  ASSERT_TRUE(epoll::add_interest(epoll_.get(), ready_.get(), epoll::listener_read_event(key)));
  const auto event = look(epoll_.get());
  ASSERT_TRUE(event);
  EXPECT_EQ(std::uint64_t{event->data.u64}, key);
  EXPECT_EQ(std::uint32_t{event->events}, static_cast<std::uint32_t>(EPOLLIN));
}

TEST_F(Raw, what_is_not_ready_is_not_reported) {
  ASSERT_TRUE(epoll::add_interest(epoll_.get(), idle_.get(), epoll::listener_read_event(1)));
  EXPECT_FALSE(look(epoll_.get()));
  ASSERT_TRUE(epoll::add_interest(epoll_.get(), ready_.get(), epoll::listener_read_event(2)));
  EXPECT_EQ(ready_key(epoll_.get()), 2u);
}

TEST_F(Raw, interest_in_writing_is_not_interest_in_reading) {
  ASSERT_TRUE(epoll::add_interest(epoll_.get(), ready_.get(), epoll::listener_write_event(1)));
  const auto event = look(epoll_.get());
  ASSERT_TRUE(event);
  EXPECT_EQ(std::uint32_t{event->events}, static_cast<std::uint32_t>(EPOLLOUT));
}

TEST_F(Raw, one_shot_is_silent_until_it_is_modified) {
  ASSERT_TRUE(epoll::add_interest(epoll_.get(), ready_.get(), epoll::listener_read_event(1)));
  EXPECT_EQ(ready_key(epoll_.get()), 1u);
  EXPECT_FALSE(look(epoll_.get())) << "it is still readable, but was told once";
  ASSERT_TRUE(epoll::modify_interest(epoll_.get(), ready_.get(), epoll::listener_read_event(2)));
  EXPECT_EQ(ready_key(epoll_.get()), 2u);
  EXPECT_FALSE(look(epoll_.get()));
}

TEST_F(Raw, adding_twice_is_eexist) {
  ASSERT_TRUE(epoll::add_interest(epoll_.get(), idle_.get(), epoll::listener_read_event(1)));
  EXPECT_EQ(
      sys::error_of(epoll::add_interest(epoll_.get(), idle_.get(), epoll::listener_read_event(2))),
      std::errc::file_exists);
}

TEST_F(Raw, modifying_or_removing_what_is_not_watched_is_enoent) {
  EXPECT_EQ(sys::error_of(
                epoll::modify_interest(epoll_.get(), idle_.get(), epoll::listener_read_event(1))),
            std::errc::no_such_file_or_directory);
  EXPECT_EQ(sys::error_of(epoll::remove_interest(epoll_.get(), idle_.get())),
            std::errc::no_such_file_or_directory);
}

TEST_F(Raw, removed_is_silent_and_can_be_added_again) {
  ASSERT_TRUE(epoll::add_interest(epoll_.get(), ready_.get(), epoll::listener_read_event(1)));
  ASSERT_TRUE(epoll::remove_interest(epoll_.get(), ready_.get()));
  EXPECT_FALSE(look(epoll_.get()));
  ASSERT_TRUE(epoll::add_interest(epoll_.get(), ready_.get(), epoll::listener_read_event(2)));
  EXPECT_EQ(ready_key(epoll_.get()), 2u);
}

TEST_F(Raw, a_regular_file_is_always_ready_and_cannot_be_watched) {
  const epoll::UniqueFd file(sys::call<::open>("/proc/self/exe", O_RDONLY | O_CLOEXEC).value());
  EXPECT_EQ(
      sys::error_of(epoll::add_interest(epoll_.get(), file.get(), epoll::listener_read_event(1))),
      std::errc::operation_not_permitted);
}

TEST_F(Raw, closing_ends_the_registration) {
  const int fd = ready_.release();
  ASSERT_TRUE(epoll::add_interest(epoll_.get(), fd, epoll::listener_read_event(1)));
  epoll::close(fd);
  EXPECT_FALSE(look(epoll_.get()));
}

TEST_F(Raw, a_duplicate_keeps_the_registration_of_a_closed_descriptor_alive) {
  const int fd = ready_.release();
  ASSERT_TRUE(epoll::add_interest(epoll_.get(), fd, epoll::listener_read_event(7)));
  const epoll::UniqueFd duplicate(sys::call<::fcntl>(fd, F_DUPFD_CLOEXEC, 0).value());
  epoll::close(fd);
  EXPECT_EQ(ready_key(epoll_.get()), 7u) << "the file is still open";
  // And it cannot be taken out any more: it is known by the pair of file and closed number.
  EXPECT_EQ(sys::error_of(epoll::remove_interest(epoll_.get(), duplicate.get())),
            std::errc::no_such_file_or_directory);
}

TEST_F(Raw, an_error_of_close_is_dropped) {
  epoll::close(-1);
  EXPECT_TRUE(sys::call<::fcntl>(epoll_.get(), F_GETFD));
}

}  // namespace
