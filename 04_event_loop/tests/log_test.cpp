#include "event_loop/log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

#include "epoll/pipe.hpp"
#include "epoll/socket.hpp"
#include "syscall/call.hpp"

namespace {

using event_loop::Log;
using event_loop::LogLine;
using event_loop::OncePerSecond;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

// A pair of descriptors of which the log is given one, which blocks, as standard output does.
struct Channel {
  epoll::UniqueFd reader;
  epoll::UniqueFd writer;

  static Channel pipe() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::pipe2(fds.data(), O_CLOEXEC), 0);
    return {epoll::UniqueFd(fds[0]), epoll::UniqueFd(fds[1])};
  }
  static Channel socket() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    return {epoll::UniqueFd(fds[0]), epoll::UniqueFd(fds[1])};
  }
  // What is there, without waiting.
  [[nodiscard]] std::string take() const {
    std::string text;
    std::array<char, 4096> buffer;
    ::fcntl(reader.get(), F_SETFL, O_NONBLOCK);
    for (ssize_t n = 0; (n = ::read(reader.get(), buffer.data(), buffer.size())) > 0;)
      text.append(buffer.data(), static_cast<std::size_t>(n));
    return text;
  }
};

TEST(Log, writes_lines) {
  for (const auto& channel : {Channel::pipe(), Channel::socket()}) {
    Log log(channel.writer.get());
    log.write("one");
    log.write("");
    EXPECT_EQ(channel.take(), "one\n\n");
  }
}

TEST(Log, drops_and_counts_lines_that_would_have_to_wait) {
  for (const auto& channel : {Channel::pipe(), Channel::socket()}) {
    Log log(channel.writer.get());
    const std::string line(1000, 'x');
    std::uint64_t written = 0;
    while (log.dropped() == 0) {
      log.write(line);
      ++written;
    }
    log.write(line);
    EXPECT_EQ(log.dropped(), 2u);
    const std::string text = channel.take();
    EXPECT_EQ(text.size(), (written - 1) * (line.size() + 1)) << "no line is there in part";
    log.write("again");
    EXPECT_EQ(channel.take(),
              "(2 lines of the log were dropped: its reader was too slow)\nagain\n");
    EXPECT_EQ(log.dropped(), 0u);
  }
}

TEST(Log, leaves_the_descriptor_blocking_because_others_share_it) {
  const auto channel = Channel::pipe();
  Log log(channel.writer.get());
  log.write("x");
  EXPECT_EQ(::fcntl(channel.writer.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(Log, keeps_working_when_its_reader_is_gone) {
  auto channel = Channel::socket();
  Log log(channel.writer.get());
  channel.reader.reset();
  log.write("x");
  EXPECT_EQ(log.dropped(), 1u);
}

TEST(Log, appends_to_a_file_where_others_write_too) {
  std::array<char, 32> name{"/tmp/log_test_XXXXXX"};
  const epoll::UniqueFd file(::mkstemp(name.data()));
  ASSERT_EQ(::unlink(name.data()), 0);
  Log log(file.get());
  log.write("first");
  ASSERT_EQ(::write(file.get(), "other\n", 6), 6);
  log.write("last");
  std::array<char, 64> content{};
  const auto size = ::pread(file.get(), content.data(), content.size(), 0);
  EXPECT_EQ(std::string(content.data(), static_cast<std::size_t>(size)), "first\nother\nlast\n");
}

TEST(Log, cuts_a_line_that_could_not_go_out_in_one_piece) {
  const auto channel = Channel::pipe();
  Log log(channel.writer.get());
  log.write(std::string(10'000, 'x'));
  EXPECT_EQ(channel.take(), std::string(4095, 'x') + "\n");
}

TEST(Log, keeps_the_lines_of_several_threads_apart) {
  const auto channel = Channel::pipe();
  Log log(channel.writer.get());
  {
    std::vector<std::jthread> threads;
    for (const char letter : {'a', 'b'}) {
      threads.emplace_back([&log, letter] {
        for (int i = 0; i < 100; ++i) log.write(std::string(100, letter));
      });
    }
  }
  const std::string text = channel.take();
  ASSERT_EQ(text.size(), 200u * 101);
  for (std::size_t at = 0; at < text.size(); at += 101)
    EXPECT_EQ(text.substr(at, 101), std::string(100, text[at]) + "\n");
}

TEST(LogLine, is_made_of_texts_and_numbers) {
  LogLine line;
  line << "request " << 101u << ": " << std::uint64_t{18446744073709551615u};
  EXPECT_EQ(line.text(), "request 101: 18446744073709551615");
}

TEST(LogLine, that_is_too_long_says_so) {
  LogLine line;
  line << std::string(1020, 'x') << "end of a line";
  EXPECT_EQ(line.text(), std::string(1020, 'x') + "e...");
  line << "more";
  EXPECT_EQ(line.text(), std::string(1020, 'x') + "e...");
}

TEST(OncePerSecond, counts_what_it_keeps_back) {
  OncePerSecond limit;
  const epoll::Clock::time_point begin{};
  EXPECT_EQ(limit.allows(begin), 0u);
  EXPECT_EQ(limit.allows(begin), std::nullopt);
  EXPECT_EQ(limit.allows(begin + 999ms), std::nullopt);
  EXPECT_EQ(limit.allows(begin + 1s), 2u);
  EXPECT_EQ(limit.allows(begin + 1s), std::nullopt);
  EXPECT_EQ(limit.allows(begin + 3s), 1u);
  EXPECT_EQ(limit.allows(begin + 4s), 0u);
}

TEST(OncePerSecond, says_how_often_it_was) {
  OncePerSecond limit;
  const epoll::Clock::time_point begin{};
  EXPECT_EQ(limit.line(begin, "what", "why")->text(), "what: why");
  EXPECT_FALSE(limit.line(begin, "what", "why"));
  EXPECT_EQ(limit.line(begin + 1s, "what", "why")->text(), "what: why (2 times)");
}

}  // namespace
