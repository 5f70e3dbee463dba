// The scenarios of the simulator of the loop's turn (tests/scenarios/), replayed with the EventLoop.
#include <map>

#include "line.hpp"
#include "scenario.hpp"

namespace {

using event_loop::CallbackTimer;
using event_loop::testing::Line;
using event_loop::testing::Listener;
using scenario::Words;

class Loop {
 public:
  std::string run(const Words& words) {
    const std::string& name = words.size() > 1 ? words[1] : words[0];
    if (words[0] == "turn") return turn();
    if (words[0] == "source") return add(name);
    if (words[0] == "remove") loop_->remove(sources_.at(name).token);
    if (words[0] == "set")  // later: not while this test runs
      loop_->timers().set(timer(name),
                          words[2] == "due" ? loop_->now() : loop_->now() + std::chrono::hours(1));
    if (words[0] == "cancel") loop_->timers().cancel(timer(name));
    if (words[0] == "post") loop_->post([this, name] { call("posted", name); });
    if (words[0] == "defer") loop_->defer([this, name] { call("deferred", name); });
    if (words[0] == "when") actions_[name].emplace_back(words.begin() + 2, words.end());
    if (name == "sends") sources_.at(words[0]).line.send();
    return "ok";
  }

 private:
  struct Watched {
    explicit Watched(std::function<void()> then) : listener(std::move(then)) {}
    Line line;
    Listener listener;
    epoll::Token token;
  };

  void call(const char* kind, const std::string& name) {
    log_.push_back(kind + (" " + name));
    const auto actions = actions_[name];  // a copy: they may add to it
    for (const auto& words : actions) run(words);
  }
  std::string add(const std::string& name) {
    auto& source = sources_
                       .try_emplace(name,
                                    [this, name] {
                                      sources_.at(name).line.take();
                                      call("event", name);
                                    })
                       .first->second;
    source.token = loop_
                       ->add(source.line.near.get(), epoll::Interest::read(), epoll::Trigger::level,
                             source.listener)
                       .value();
    return "ok";
  }
  CallbackTimer& timer(const std::string& name) {
    return timers_.try_emplace(name, [this, name] { call("timer", name); }).first->second;
  }
  std::string turn() {
    log_.clear();
    const auto ran = loop_->run_once(event_loop::testing::kLook);
    EXPECT_EQ(ran, log_.size());
    return scenario::joined(log_);
  }

  std::unique_ptr<event_loop::EventLoop> loop_ = event_loop::testing::make_loop();
  std::map<std::string, Watched> sources_;
  std::map<std::string, CallbackTimer> timers_;
  std::map<std::string, std::vector<Words>> actions_;  // what the callback of a name does
  Words log_;                                          // what has run in this turn
};

TEST(LoopScenario, the_loop_behaves_as_the_simulator_says) {
  scenario::replay_all<Loop>(SCENARIO_FOLDER);
}

}  // namespace
