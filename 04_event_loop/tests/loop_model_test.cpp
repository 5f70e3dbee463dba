// The loop against a model: a long random program of sources, timers, posted and deferred callbacks, each of
// which may do any of it from inside, and after each turn what was called must be what the model says. No
// clock: a deadline is over long ago, or never comes.
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "choices.hpp"
#include "epoll/unique_fd.hpp"
#include "event_loop/event_loop.hpp"
#include "syscall/open_descriptors.hpp"

namespace {

using event_loop::Clock;
using event_loop::EventLoop;

class LoopModel {
 public:
  explicit LoopModel(Choices& choices) : choices_(choices) {
    for (std::size_t i = 0; i < watched_.size(); ++i) {
      watched_[i] = std::make_unique<Watched>(*this);
      timers_[i] = std::make_unique<NumberedTimer>(*this, i);
    }
  }

  void step() {
    if (choices_.below(4) == 0) {
      turn();
    } else {
      act();
    }
    ASSERT_EQ(loop_->sources(), std::ranges::count_if(watched_, [](const auto& one) {
                return one->token.has_value();
              }));
    ASSERT_EQ(loop_->timers().size(), due_timers_.size() + far_timers_.size());
  }

 private:
  enum class Phase : std::uint8_t {
    events,
    timers,
    posted,
    deferred,
    over
  };  // of a turn, in order

  struct Watched : event_loop::Source {
    explicit Watched(LoopModel& owner) : model(owner) { open(); }
    ~Watched() override {
      if (token) model.loop_->remove(*token);
    }
    void open() { fd = epoll::UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); }
    void on_event(const epoll::Event& event) override { model.on_event(*this, event); }

    LoopModel& model;
    epoll::UniqueFd fd;
    std::optional<epoll::Token> token;  // registered
    epoll::Trigger trigger = epoll::Trigger::level;
    [[nodiscard]] bool would_be_told() const {
      return token && is_readable && (trigger == epoll::Trigger::level || has_news);
    }
    bool is_readable = false;
    bool has_news = false;   // under edge trigger since the last event, or a oneshot that is armed
    bool may_come = false;   // in this turn
    bool must_come = false;  // ... and nothing has changed since its beginning
  };

  struct NumberedTimer : event_loop::Timer {
    NumberedTimer(LoopModel& owner, std::size_t n) : model(owner), number(n) {}
    void on_timeout() override {
      model.reach(Phase::timers);
      ASSERT_FALSE(model.firing_.empty()) << "timer " << number << " is not due";
      EXPECT_EQ(model.firing_.front(), number);
      model.firing_.pop_front();
      std::erase(model.due_timers_, number);
      ++model.told_;
      model.act_inside();
    }
    LoopModel& model;
    std::size_t number;
  };

  // One thing that a program may do, in a callback too.
  void act() {
    Watched& one = *watched_[choices_.below(kThings)];
    switch (choices_.below(11)) {
      case 0:
      case 1:
        one.token ? modify(one) : add(one);
        break;
      case 2:
        remove(one);
        break;
      case 3:  // the number is used again
        remove(one);
        one.open();
        one.is_readable = false;
        break;
      case 4:
        write(one);
        break;
      case 5:
        read(one);
        break;
      case 6:
      case 7:
        set_timer(choices_.below(kThings), choices_.below(3) != 0);
        break;
      case 8:
        forget_timer(choices_.below(kThings));
        break;
      case 9:
        posted_.push_back(++next_number_);
        loop_->post([this, number = next_number_] { on_callback(posting_, number); });
        break;
      case 10:
        deferred_.push_back(++next_number_);
        loop_->defer([this, number = next_number_] { on_callback(deferring_, number); });
        break;
    }
  }
  void act_inside() {
    while (choices_.below(2) == 0) act();
  }

  void add(Watched& one) {
    one.trigger = std::array{epoll::Trigger::level, epoll::Trigger::edge,
                             epoll::Trigger::oneshot}[choices_.below(3)];
    one.token = loop_->add(one.fd.get(), epoll::Interest::read(), one.trigger, one).value();
    one.has_news = true;
    one.may_come = one.must_come = false;
  }
  void modify(Watched& one) {
    one.trigger = std::array{epoll::Trigger::level, epoll::Trigger::edge,
                             epoll::Trigger::oneshot}[choices_.below(3)];
    loop_->modify(*one.token, epoll::Interest::read(), one.trigger).value();
    one.has_news = true;
    one.must_come = false;
  }
  void remove(Watched& one) {
    if (!one.token) return;
    const epoll::Token old = *one.token;
    loop_->remove(old);
    loop_->remove(old);  // harmless
    EXPECT_FALSE(loop_->modify(old, epoll::Interest::read(), epoll::Trigger::level));
    one.token.reset();
    one.must_come = false;
  }
  void write(Watched& one) {
    const std::uint64_t count = 1;
    ASSERT_EQ(::write(one.fd.get(), &count, sizeof count), 8);
    one.is_readable = true;
    if (one.trigger == epoll::Trigger::edge) one.has_news = true;
    one.must_come = false;
  }
  void read(Watched& one) {
    std::uint64_t count = 0;
    (void)!::read(one.fd.get(), &count, sizeof count);
    one.is_readable = false;
    one.must_come = false;
  }

  void set_timer(std::size_t number, bool is_due) {
    forget_timer(number);
    (is_due ? due_timers_ : far_timers_).push_back(number);
    const auto deadline = is_due ? Clock::time_point::min() : Clock::time_point::max();
    loop_->timers().set(*timers_[number], deadline);
  }
  void forget_timer(std::size_t number) {
    std::erase(due_timers_, number);
    std::erase(far_timers_, number);
    std::erase(firing_, number);
    choices_.below(2) == 0 ? loop_->timers().cancel(*timers_[number])
                           : void(timers_[number] = std::make_unique<NumberedTimer>(*this, number));
  }

  void turn() {
    for (const auto& one : watched_) {
      one->may_come = one->must_come = one->would_be_told();
      if (one->may_come) one->has_news = false;  // told, or dropped by a callback that changes it
    }
    is_woken_ = !posted_.empty();
    told_ = 0;
    begun_ = Phase::events;
    const std::size_t told = loop_->run_once(std::chrono::nanoseconds(0)).value();
    reach(Phase::over);
    ASSERT_EQ(told, told_);
    for (const auto& one : watched_) ASSERT_FALSE(one->must_come) << "an event was not told";
    ASSERT_TRUE(firing_.empty()) << "a timer has not fired";
    ASSERT_TRUE(posting_.empty());
    ASSERT_TRUE(deferring_.empty());
  }

  // A phase begins with the first callback of it, or of a later one.
  void reach(Phase phase) {
    while (begun_ < phase) {
      begun_ = static_cast<Phase>(static_cast<int>(begun_) + 1);
      if (begun_ == Phase::timers) firing_.assign(due_timers_.begin(), due_timers_.end());
      if (begun_ == Phase::posted && is_woken_) posting_.swap(posted_);
      if (begun_ == Phase::deferred) deferring_.swap(deferred_);
    }
  }

  void on_event(Watched& one, const epoll::Event& event) {
    ++told_;
    EXPECT_EQ(begun_, Phase::events);
    ASSERT_TRUE(one.token) << "it was removed";
    EXPECT_EQ(event.token(), *one.token);
    EXPECT_TRUE(std::exchange(one.may_come, false)) << "there was no news, or it comes twice";
    one.must_come = false;
    act_inside();
  }
  void on_callback(std::deque<int>& expected, int number) {
    ++told_;
    reach(&expected == &posting_ ? Phase::posted : Phase::deferred);
    ASSERT_FALSE(expected.empty());
    EXPECT_EQ(expected.front(), number);
    expected.pop_front();
    act_inside();
  }

  static constexpr std::size_t kThings = 12;
  Choices& choices_;
  std::unique_ptr<EventLoop> loop_ = EventLoop::create().value();
  std::array<std::unique_ptr<Watched>, kThings> watched_;
  std::array<std::unique_ptr<NumberedTimer>, kThings> timers_;
  std::vector<std::size_t> due_timers_, far_timers_;  // in the order of setting
  std::deque<std::size_t> firing_;                    // due when this turn's timers began
  std::deque<int> posted_, posting_, deferred_, deferring_;
  int next_number_ = 0;
  bool is_woken_ = false;  // something had been posted before this turn's wait
  Phase begun_ = Phase::over;
  std::size_t told_ = 0;
};

TEST(LoopModel, a_random_program_does_what_the_model_says) {
  const sys::DescriptorWatch descriptors;
  {
    Choices choices(seed_or(4));
    SCOPED_TRACE(choices.origin());
    LoopModel model(choices);
    for (int step = 0; step < 200'000 && !HasFailure(); ++step) model.step();
  }
  EXPECT_EQ(descriptors.change(), 0);
}

}  // namespace
