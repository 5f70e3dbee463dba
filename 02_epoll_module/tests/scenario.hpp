// The scenarios of the book's simulators: texts that are replayed here with the kernel or the library, and
// by docs/test/scenario_test.mjs with the model of the simulator. What a figure shows is thus what happens.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace scenario {

using Words = std::vector<std::string>;

// "a, b", or "-" if there is nothing.
inline std::string joined(const Words& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text.empty() ? "-" : text;
}

// The steps of a scenario, with their results, as the text has them and as `Subject::run` answers.
struct Steps {
  Words written, seen;
};
template <class Subject>
Steps replay(std::istream& text) {
  Subject subject;
  Steps steps;
  int paragraph = 0;
  for (std::string line; std::getline(text, line);) {
    if (line.empty()) ++paragraph;
    if (paragraph < 2 || line.empty() || line.starts_with("  ")) continue;  // title, about, notes
    const std::string step = line.substr(0, line.find(" -> "));
    std::istringstream words(step);
    steps.written.push_back(line);
    steps.seen.push_back(step + " -> " +
                         subject.run({std::istream_iterator<std::string>(words), {}}));
  }
  return steps;
}

template <class Subject>
void replay_all(const std::filesystem::path& folder) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path());
    const Steps steps = replay<Subject>(file);
    EXPECT_GE(steps.written.size(), 3u) << entry.path();
    EXPECT_THAT(steps.seen, testing::ElementsAreArray(steps.written)) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 12);
}

}  // namespace scenario
