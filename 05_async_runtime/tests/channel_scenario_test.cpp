// The scenarios of the simulator of a channel (tests/scenarios/), replayed with async::channel.
#include <map>
#include <optional>

#include "async/sync/channel.hpp"
#include "scenario.hpp"
#include "testing.hpp"

namespace async::testing::channel_scenario_test {

using scenario::Words;

class Subject {
 public:
  // What the step has let continue, in order.
  std::string run(const Words& words) {
    log_.clear();
    start(words);
    runtime_->block_on(turns(4));
    for (const auto& name : over_) tasks_.erase(name);
    over_.clear();
    return scenario::joined(log_);
  }

 private:
  void start(const Words& words) {
    const auto number = [&](std::size_t at) { return std::stoi(words[at]); };
    if (words[0] == "channel") {
      auto [sender, receiver] = channel<int>(static_cast<std::size_t>(number(1)));
      sender_ = std::move(sender);
      receiver_ = std::move(receiver);
    } else if (words[0] == "cancel") {
      if (const auto task = tasks_.find(words[1]); task != tasks_.end()) task->second.cancel();
    } else if (words[0] == "close") {
      receiver_->close();
    } else if (words[0] == "drop_sender") {
      sender_.reset();
    } else if (words[0] == "try_receive") {
      const auto message = receiver_->try_receive();
      log_.push_back(message ? std::to_string(*message) : reason(message.error()));
    } else if (words.back() == "receives") {
      spawn(words[0], receiving(receiver_->receive(), words[0]));
    } else if (!sender_) {
      log_.emplace_back("no sender");
    } else if (words[0] == "try_send") {
      const auto done = sender_->try_send(number(1));
      log_.push_back(done ? "ok" : reason(done.error()));
    } else {
      spawn(words[0], sending(sender_->send(number(2)), words[0]));
    }
  }
  void spawn(const std::string& name, Task<> task) {
    tasks_.insert_or_assign(name, runtime_->spawn(std::move(task)));
  }
  Task<> sending(SendOperation<int> operation, std::string name) {
    const auto done = co_await std::move(operation);
    note(name, done ? "sent" : reason(done.error()));
  }
  Task<> receiving(ReceiveOperation<int> operation, std::string name) {
    const auto message = co_await std::move(operation);
    note(name, message ? "got " + std::to_string(*message) : reason(message.error()));
  }
  void note(const std::string& name, const std::string& what) {
    log_.push_back(name + " " + what);
    over_.push_back(name);
  }
  static std::string reason(std::error_code error) {
    if (error == Errc::closed) return "closed";
    if (error == Errc::already_waiting) return "already waiting";
    if (error == std::errc::operation_canceled) return "cancelled";
    return sys::would_block(error) ? "would block" : error.message();
  }

  Words log_;
  Words over_;  // the tasks that have ended in this step
  std::unique_ptr<Runtime> runtime_ = Runtime::create().value();
  std::optional<Sender<int>> sender_;
  std::optional<Receiver<int>> receiver_;
  std::map<std::string, JoinHandle<void>> tasks_;  // those that wait
};

TEST(ChannelScenario, a_channel_behaves_as_the_simulator_says) {
  scenario::replay_all<Subject>(SCENARIO_FOLDER);
}

}  // namespace async::testing::channel_scenario_test
