// What a failed test shows of a Parsed<bool>, in place of its bytes.
#pragma once

#include <ostream>

#include "http/parse_error.hpp"

namespace http {

inline void PrintTo(const Parsed<bool>& done, std::ostream* out) {
  if (done) {
    *out << (*done ? "true" : "false");
  } else {
    *out << "refused " << done.error().status << " at " << done.error().offset << ": "
         << done.error().what;
  }
}

}  // namespace http
