#include "event_loop/phase_deadline.hpp"

#include <gtest/gtest.h>

namespace {

using event_loop::Clock;
using event_loop::PhaseDeadline;
using http::Phase;
using std::chrono::milliseconds;

// No clock runs here: the test says what time it is.
class PhaseDeadlineTest : public testing::Test {
 protected:
  static constexpr int kNoSocket = -1;  // asked for its queue, it has none
  [[nodiscard]] Clock::time_point at(int milliseconds_later) const {
    return begin_ + milliseconds(milliseconds_later);
  }
  Clock::time_point begin_{std::chrono::hours(1)};
  event_loop::HttpTimeouts timeouts_{milliseconds(10), milliseconds(20), milliseconds(30),
                                     milliseconds(40), milliseconds(50), milliseconds(120)};
  PhaseDeadline deadline_{timeouts_, begin_};
};

TEST_F(PhaseDeadlineTest, begins_with_the_time_limit_of_an_idle_connection) {
  EXPECT_EQ(deadline_.at(), at(40));
}

TEST_F(PhaseDeadlineTest, each_phase_has_its_own_time_limit) {
  EXPECT_TRUE(deadline_.update(Phase::head, 0, 1, kNoSocket, at(5)));
  EXPECT_EQ(deadline_.at(), at(15));
  EXPECT_TRUE(deadline_.update(Phase::body, 0, 2, kNoSocket, at(6)));
  EXPECT_EQ(deadline_.at(), at(26));
  EXPECT_TRUE(deadline_.update(Phase::writing, 0, 3, kNoSocket, at(7)));
  EXPECT_EQ(deadline_.at(), at(37));
  EXPECT_TRUE(deadline_.update(Phase::lingering, 1, 4, kNoSocket, at(8)));
  EXPECT_EQ(deadline_.at(), at(58));
  EXPECT_TRUE(deadline_.update(Phase::idle, 1, 4, kNoSocket, at(9)));
  EXPECT_EQ(deadline_.at(), at(49));
}

TEST_F(PhaseDeadlineTest, a_head_is_not_given_more_time_for_coming_slowly) {
  deadline_.update(Phase::head, 0, 1, kNoSocket, at(0));
  EXPECT_FALSE(deadline_.update(Phase::head, 0, 60'000, kNoSocket, at(9)));
  EXPECT_EQ(deadline_.at(), at(10));
}

TEST_F(PhaseDeadlineTest, another_request_in_the_same_phase_is_a_step) {
  EXPECT_TRUE(deadline_.update(Phase::idle, 1, 100, kNoSocket, at(30)));
  EXPECT_EQ(deadline_.at(), at(70));
}

TEST_F(PhaseDeadlineTest, a_byte_of_a_body_is_no_progress_and_four_thousand_are) {
  deadline_.update(Phase::body, 0, 100, kNoSocket, at(0));
  EXPECT_FALSE(deadline_.update(Phase::body, 0, 101, kNoSocket, at(5)));
  EXPECT_FALSE(deadline_.update(Phase::body, 0, 99 + PhaseDeadline::kProgress, kNoSocket, at(10)));
  EXPECT_TRUE(deadline_.update(Phase::body, 0, 100 + PhaseDeadline::kProgress, kNoSocket, at(15)));
  EXPECT_EQ(deadline_.at(), at(35));
}

TEST_F(PhaseDeadlineTest, bytes_after_the_last_answer_put_its_end_off) {
  deadline_.update(Phase::lingering, 1, 100, kNoSocket, at(0));
  EXPECT_EQ(deadline_.at(), at(50));
  EXPECT_TRUE(deadline_.update(Phase::lingering, 1, 101, kNoSocket, at(49)));
  EXPECT_EQ(deadline_.at(), at(99));
  EXPECT_FALSE(deadline_.update(Phase::lingering, 1, 101, kNoSocket, at(98))) << "silence";
  EXPECT_EQ(deadline_.at(), at(99));
}

TEST_F(PhaseDeadlineTest, bytes_after_the_last_answer_do_not_put_its_end_off_for_ever) {
  deadline_.update(Phase::lingering, 1, 0, kNoSocket, at(0));
  std::uint64_t moved = 0;
  for (int now = 10; now < 120; now += 10)
    deadline_.update(Phase::lingering, 1, moved += 1'000'000, kNoSocket, at(now));
  EXPECT_EQ(deadline_.at(), at(120));
}

TEST_F(PhaseDeadlineTest, a_byte_that_the_client_reads_is_no_progress_and_four_thousand_are) {
  deadline_.update(Phase::writing, 0, 100, kNoSocket, at(0));
  EXPECT_FALSE(deadline_.update(Phase::writing, 0, 101, kNoSocket, at(5)));
  EXPECT_TRUE(
      deadline_.update(Phase::writing, 0, 100 + PhaseDeadline::kProgress, kNoSocket, at(15)));
}

}  // namespace
