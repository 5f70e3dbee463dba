// The placeholder for an exercise that is not written yet.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace sys {

// Thrown by the blank body of an exercise. Its text is what the tests and `./workbook check` show.
class NotWritten : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// todo("2.1 create") throws: exercise 2.1 (create) is not written yet
[[noreturn]] inline void todo(std::string_view exercise) {
  const std::size_t space = exercise.find(' ');
  const std::string number(exercise.substr(0, space));
  const std::string title(space == exercise.npos ? "" : exercise.substr(space + 1));
  throw NotWritten("exercise " + number + " (" + title + ") is not written yet");
}

}  // namespace sys
