// The scenarios of the simulator of a task's life (tests/task_scenarios/), replayed with a Scheduler.
#include <map>

#include "scenario.hpp"
#include "testing.hpp"

namespace async::testing::task_scenario_test {

using scenario::Words;
using Text = sys::Result<std::string>;

// One operation in the body of a task.
struct Line {
  Words words;
  std::string text;
  bool tries = false;  // the task continues when the operation has failed
};

// A scheduler that resumes one task in a step, and whose clock is set by steps.
class Subject final : public Scheduler {
 public:
  Subject() : Scheduler(queue_) {
    on_unjoined_exception([this](auto&&...) { was_reported_ = true; });
  }
  ~Subject() override { const Closing closing(*this); }

  std::string run(const Words& words) {
    const Current current(*this);
    log_.clear();
    was_reported_ = false;
    if (words[0] == "advance") return advance(std::stoi(words[1]));
    return words[0] == "resume" ? resume() : act(words);
  }

 private:
  struct Life {
    std::vector<Line> body;
    std::shared_ptr<Spawned<Text>> task;  // null: it is not spawned
    JoinHandle<Text> handle;
    std::uint64_t runs = 0;  // seen so far
    const Line* at = nullptr;
  };

  // What a step can do, and a task as well.
  std::string act(const Words& words) {
    std::string name = words[1];
    if (words[0] == "set") {
      events_[name].set();
      return "ok";
    }
    if (name.back() == ':') name.pop_back();
    Life& life = lives_[name];
    if (words[0] == "cancel") {
      const bool before = life.task != nullptr && life.task->stop_requested();
      life.handle.cancel();
      return life.task != nullptr && life.task->stop_requested() != before ? "asked to stop" : "-";
    }
    if (words[0] == "drop") {
      life.handle.detach();
      return was_reported_ ? "reported" : "ok";
    }
    if (life.task != nullptr) return "in use";
    if (words.size() > 2) life.body = lines({words.begin() + 2, words.end()});
    if (words[0] == "spawn") {
      life.task = make_spawned(work(life));
      life.handle = JoinHandle<Text>(life.task);
      start(life.task);
    }
    return "ok";
  }

  // The operations, which a comma separates.
  static std::vector<Line> lines(const Words& words) {
    std::vector<Line> lines(1);
    for (std::string word : words) {
      if (lines.back().text.ends_with(',')) {
        lines.back().text.pop_back();
        lines.emplace_back();
      }
      Line& line = lines.back();
      line.text += (line.text.empty() ? "" : " ") + word;
      if (word.ends_with(',')) word.pop_back();
      if (word == "try") {
        line.tries = true;
      } else {
        line.words.push_back(word);
      }
    }
    return lines;
  }

  Task<Text> work(Life& me) {
    for (const Line& line : me.body) {
      const Words& words = line.words;
      me.at = &line;
      if (words[0] == "return") co_return words[1];
      if (words[0] == "throw") throw std::runtime_error(line.text);
      if (words[0] == "spawn" || words[0] == "cancel" || words[0] == "drop" || words[0] == "set") {
        act(words);
        log_.push_back(line.text);
        continue;
      }
      Text outcome;
      try {
        outcome = co_await wait_for(words);
        note(line, outcome ? *outcome : reason(outcome.error()));
      } catch (const std::runtime_error&) {
        note(line, "exception");
        if (!line.tries) throw;
      }
      if (!outcome && !line.tries) co_return outcome;
    }
    co_return "done";
  }
  Task<Text> wait_for(const Words& words) {
    if (words[0] == "sleep")
      co_return text_of(co_await sleep_until(now_ + std::chrono::hours(std::stoi(words[1]))));
    if (words[0] == "wait") co_return text_of(co_await events_[words[1]].wait());
    if (words[0] == "yield") co_return text_of(co_await yield());
    if (words[0] == "shield")
      co_return text_of(co_await shielded(Duration::max(), events_[words[2]].wait()));
    co_return co_await lives_[words[1]].handle.join();
  }
  void note(const Line& line, const std::string& outcome) {
    log_.push_back(line.text + " (" + outcome + ")");
  }
  static Text text_of(const sys::Result<>& done) {
    if (!done) return sys::failure(done.error());
    return "done";
  }
  static std::string reason(std::error_code error) {
    if (error == std::errc::operation_canceled) return "cancelled";
    if (error == Errc::already_waiting) return "already waiting";
    if (error == std::errc::resource_deadlock_would_occur) return "itself";
    return error == std::errc::invalid_argument ? "no task" : error.message();
  }

  // What the first task of the ready list has done in its turn.
  std::string resume() {
    const auto resumed = counters().resumed;
    const auto alive = tasks();
    if (run_ready(1) == 0) return "-";
    if (counters().resumed == resumed) return "(still parked)";
    for (auto& [name, life] : lives_) {
      if (life.task == nullptr || life.task->runs() == life.runs) continue;
      life.runs = life.task->runs();
      if (life.task->is_over()) {
        log_.push_back("ends (" + end_of(*life.task) + ")");
      } else if (life.task->parked_in() != nullptr) {
        note(*life.at, "parked");
      }
      if (was_reported_) log_.emplace_back("reported");
      return name + ": " + scenario::joined(log_);
    }
    return tasks() < alive ? "shield (ended)" : "shield (parked)";
  }
  static std::string end_of(Spawned<Text>& task) {
    if (task.exception() != nullptr) return "exception";
    return task.error() ? reason(task.error()) : **task.outcome().value();
  }

  std::string advance(int hours) {
    now_ += std::chrono::hours(hours);
    const auto fired = queue_.fire(now_);
    if (fired == 0) return "-";
    return std::to_string(fired) + (fired == 1 ? " timer" : " timers");
  }

  sys::Result<> wait(std::optional<std::chrono::nanoseconds>) override { return {}; }
  Clock::time_point now() const noexcept override { return now_; }
  void post(event_loop::Callback&&) override {}
  void wake() noexcept override {}

  event_loop::TimerQueue queue_;
  Clock::time_point now_ = Clock::now();
  Words log_;                  // what has happened in this step
  bool was_reported_ = false;  // the exception of a task whose handle is gone
  std::map<std::string, Event> events_;
  std::map<std::string, Life> lives_;
};

TEST(TaskScenario, a_task_behaves_as_the_simulator_says) {
  scenario::replay_all<Subject>(SCENARIO_FOLDER "/../task_scenarios");
}

}  // namespace async::testing::task_scenario_test
