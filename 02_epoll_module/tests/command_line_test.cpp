#include "epoll/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::StartsWith;

constexpr const char* kHelp =
    "usage: program FROM [port] URL... [--threads N] [--quiet] [--host NAME]\n"
    "\n"
    "Tries everything.\n"
    "\n"
    "  FROM                where from\n"
    "  port                0 to 65535\n"
    "  URL                 pages\n"
    "  --threads N         1 to 256\n"
    "  --quiet             says nothing\n"
    "  --host NAME         a name\n"
    "  --help              prints this\n";

class CommandLine : public testing::Test {
 protected:
  std::optional<int> parse(std::vector<const char*> words) {
    words.insert(words.begin(), "program");
    const Capture capture(*this);  // ends before an exception is reported
    return line_.parse(static_cast<int>(words.size()), words.data());
  }

  struct Capture {
    explicit Capture(CommandLine& owner) : test(owner) {
      testing::internal::CaptureStdout();
      testing::internal::CaptureStderr();
    }
    ~Capture() {
      test.output_ = testing::internal::GetCapturedStdout();
      test.errors_ = testing::internal::GetCapturedStderr();
    }
    CommandLine& test;
  };

  std::string from_;
  std::uint16_t port_ = 8000;
  std::vector<std::string> urls_;
  unsigned threads_ = 1;
  bool quiet_ = false;
  std::vector<std::string> hosts_;
  std::string output_, errors_;
  epoll::CommandLine line_{"Tries everything.",
                           {{"FROM", epoll::text_into(from_), "where from"},
                            {"[port]", epoll::number_into(port_), "0 to 65535"},
                            {"URL...", epoll::texts_into(urls_), "pages"},
                            {"[--threads N]", epoll::number_into(threads_, 1U, 256U), "1 to 256"},
                            {"[--quiet]", epoll::set(quiet_), "says nothing"},
                            {"[--host NAME]", epoll::texts_into(hosts_), "a name"}}};
};

TEST_F(CommandLine, stores_what_is_given_by_position_and_by_name) {
  EXPECT_EQ(parse({"here", "--threads", "256", "0", "a", "--quiet", "b"}), std::nullopt);
  EXPECT_EQ(from_, "here");
  EXPECT_EQ(port_, 0);
  EXPECT_THAT(urls_, ElementsAre("a", "b"));
  EXPECT_EQ(threads_, 256U);
  EXPECT_TRUE(quiet_);
  EXPECT_EQ(output_ + errors_, "");
}

TEST_F(CommandLine, an_option_that_is_given_twice_is_stored_twice) {
  EXPECT_EQ(
      parse({"here", "1", "a", "--host", "x", "--host", "y", "--threads", "2", "--threads", "3"}),
      std::nullopt);
  EXPECT_THAT(hosts_, ElementsAre("x", "y"));
  EXPECT_EQ(threads_, 3U);
}

TEST_F(CommandLine, help_names_every_argument_and_is_status_0) {
  EXPECT_EQ(parse({"--quiet", "--nonsense", "--help"}), 0);
  EXPECT_EQ(output_, kHelp);
  EXPECT_EQ(errors_, "");
}

TEST_F(CommandLine, the_error_is_printed_before_the_same_text_and_is_status_2) {
  const std::vector<std::pair<std::vector<const char*>, std::string>> wrong = {
      {{}, "FROM is missing\n"},
      {{"here"}, "URL is missing\n"},
      {{""}, "'' is not valid for FROM\n"},
      {{"here", "99999"}, "'99999' is not valid for port\n"},
      {{"here", "-1"}, "'-1' is not valid for port\n"},
      {{"here", "80 "}, "'80 ' is not valid for port\n"},
      {{"here", ""}, "'' is not valid for port\n"},
      {{"here", "1", "a", "--nonsense"}, "'--nonsense' is not understood\n"},
      {{"here", "1", "a", "--threads=2"}, "'--threads=2' is not understood\n"},
      {{"here", "1", "a", "--"}, "'--' is not understood\n"},
      {{"here", "1", "a", "--threads"}, "--threads needs N\n"},
      {{"here", "1", "a", "--threads", "0"}, "'0' is not valid for --threads N\n"},
      {{"here", "1", "a", "--threads", "257"}, "'257' is not valid for --threads N\n"},
      {{"here", "1", "a", "--threads", "2x"}, "'2x' is not valid for --threads N\n"},
  };
  for (const auto& [words, error] : wrong) {
    EXPECT_EQ(parse(words), 2);
    EXPECT_EQ(errors_, error + kHelp);
    EXPECT_EQ(output_, "");
  }
}

TEST_F(CommandLine, one_argument_too_many_is_wrong) {
  std::uint16_t port = 0;
  line_ = epoll::CommandLine("", {{"port", epoll::number_into(port), ""}});
  EXPECT_EQ(parse({"1", "2"}), 2);
  EXPECT_THAT(errors_, StartsWith("'2' is not understood\n"));
}

TEST_F(CommandLine, what_follows_two_dashes_is_not_an_option) {
  std::vector<std::string> words;
  line_ = epoll::CommandLine("", {{"-- PROGRAM [ARGUMENTS]...", epoll::texts_into(words), ""}});
  EXPECT_EQ(parse({"--", "sh", "--help", "--"}), std::nullopt);
  EXPECT_THAT(words, ElementsAre("sh", "--help", "--"));
  for (const std::vector<const char*>& wrong :
       {std::vector<const char*>{}, {"--"}, {"sh"}, {"-x", "sh"}})
    EXPECT_EQ(parse(wrong), 2);
  EXPECT_THAT(errors_,
              StartsWith("'-x' is not understood\nusage: program -- PROGRAM [ARGUMENTS]..."));
}

TEST_F(CommandLine, a_value_may_be_the_name_of_an_argument) {
  EXPECT_EQ(parse({"URL", "1", "FROM"}), std::nullopt);
  EXPECT_EQ(from_, "URL");
  EXPECT_THAT(urls_, ElementsAre("FROM"));
}

TEST_F(CommandLine, a_value_may_begin_with_dashes) {
  EXPECT_EQ(parse({"here", "1", "a", "--host", "--quiet"}), std::nullopt);
  EXPECT_THAT(hosts_, ElementsAre("--quiet"));
  EXPECT_FALSE(quiet_);
}

TEST_F(CommandLine, a_number_may_be_a_fraction) {
  double seconds = 0;
  line_ =
      epoll::CommandLine("", {{"[--timeout SECONDS]", epoll::number_into(seconds, 0.1, 1e6), ""}});
  EXPECT_EQ(parse({"--timeout", "2.5"}), std::nullopt);
  EXPECT_EQ(seconds, 2.5);
  EXPECT_EQ(parse({"--timeout", "nan"}), 2);
}

TEST_F(CommandLine, a_port_is_described_with_the_one_that_is_taken_if_none_is_given) {
  EXPECT_EQ(epoll::about_port(8000), "0 to 65535, 0 for any free port; 8000 if not given");
}

}  // namespace
