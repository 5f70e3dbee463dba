#include "epoll/notify.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "environment.hpp"
#include "epoll/unix_datagram.hpp"
#include "event_source.hpp"
#include "scratch_folder.hpp"

namespace notify_test {

using environment::Variable;
using epoll::notify_manager;
using epoll::UnixAddress;
using epoll::UnixDatagram;
using event_source::text_of;

std::string received_by(const UnixDatagram& manager) {
  std::array<std::byte, 64> buffer;
  const auto message = manager.receive(buffer).value();
  return text_of(std::span(buffer).first(message.size));
}

TEST(NotifyManager, sends_one_message_to_the_manager_whatever_kind_of_address_it_has) {
  const ScratchFolder scratch;
  for (const auto& address :
       {UnixAddress(), UnixAddress::path(scratch.file("manager").string()).value()}) {
    const auto manager = UnixDatagram::bind(address).value();
    const Variable where("NOTIFY_SOCKET", manager.local_address()->to_string());
    ASSERT_TRUE(notify_manager("READY=1\nSTATUS=two lines"));
    EXPECT_EQ(received_by(manager), "READY=1\nSTATUS=two lines");
    EXPECT_EQ(event_source::Watched(manager.fd()).now(), std::nullopt);
  }
}

TEST(NotifyManager, does_nothing_without_a_manager) {
  const Variable where("NOTIFY_SOCKET", std::nullopt);
  EXPECT_TRUE(notify_manager("READY=1"));
}

TEST(NotifyManager, reports_that_the_manager_is_gone_or_has_an_invalid_address) {
  for (const auto& [text, error] :
       {std::pair("/there/is/no/such/socket", ENOENT),
        std::pair("@no such name, for sure", ECONNREFUSED), std::pair("@", EINVAL),
        std::pair("vsock:2:1234", EAFNOSUPPORT), std::pair("relative/path", EAFNOSUPPORT),
        std::pair("", EAFNOSUPPORT)}) {
    const Variable where("NOTIFY_SOCKET", text);
    const auto sent = notify_manager("READY=1");
    ASSERT_FALSE(sent) << text;
    EXPECT_TRUE(sys::is_errno(sent.error(), error)) << text << sent.error();
  }
}

TEST(NotifyManager, does_not_wait_for_a_manager_that_does_not_read) {
  const auto manager = UnixDatagram::bind(UnixAddress()).value();
  const Variable where("NOTIFY_SOCKET", manager.local_address()->to_string());
  sys::Result<> sent;
  while (sent) sent = notify_manager("WATCHDOG=1");
  EXPECT_TRUE(sys::would_block(sent.error())) << sent.error();
}

TEST(WatchdogInterval, is_what_the_manager_says_to_this_process) {
  const std::string us = std::to_string(::getpid());
  for (const auto& pid : {std::optional<std::string>(), std::optional(us)}) {
    const Variable process("WATCHDOG_PID", pid);
    const Variable interval("WATCHDOG_USEC", "30000000");
    EXPECT_EQ(epoll::watchdog_interval(), std::chrono::seconds(30));
  }
  const Variable interval("WATCHDOG_USEC", "30000000");
  const Variable other("WATCHDOG_PID", std::to_string(::getppid()));
  EXPECT_EQ(epoll::watchdog_interval(), std::nullopt);
}

TEST(WatchdogInterval, is_none_without_a_manager_or_for_an_invalid_number) {
  const Variable process("WATCHDOG_PID", std::nullopt);
  for (const auto& text : {std::optional<std::string>(), std::optional<std::string>("0"),
                           std::optional<std::string>("-1"), std::optional<std::string>("1s")}) {
    const Variable interval("WATCHDOG_USEC", text);
    EXPECT_EQ(epoll::watchdog_interval(), std::nullopt);
  }
}

}  // namespace notify_test
