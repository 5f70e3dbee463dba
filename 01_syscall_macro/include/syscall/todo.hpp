// The placeholder for an exercise, or a function, that is not written yet.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace sys {

// Thrown by a blank body. Its text is what the tests and `./workbook check` show.
class NotWritten : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// todo("2.1 create") throws: exercise 2.1 (create) is not written yet
// todo("slab.find")  throws: slab.find is not written yet
[[noreturn]] inline void todo(std::string_view what) {
  std::string name(what);
  if (!name.empty() && name.front() >= '0' && name.front() <= '9') {
    const std::size_t space = name.find(' ');
    const std::string title = space == name.npos ? "" : name.substr(space + 1);
    name = "exercise " + name.substr(0, space) + " (" + title + ")";
  }
  throw NotWritten(name + " is not written yet");
}

}  // namespace sys
