// The arguments of a program, listed once: parsing, --help and the message about a wrong command
// line all come from that list. The forms are those of the usage line:
//
//   std::uint16_t port = 8000;
//   unsigned threads = 1;
//   bool quiet = false;
//   epoll::CommandLine line(
//       "Answers every request with the same page.",
//       {{"[port]", epoll::number_into(port), "0 for any free port; 8000 if not given"},
//        {"[--threads N]", epoll::number_into(threads, 1U, 256U), "1 to 256; 1 if not given"},
//        {"[--quiet]", epoll::set(quiet), "does not say where it listens"}});
//   if (const auto status = line.parse(argc, argv)) return *status;
#pragma once

#include <charconv>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace epoll {

class CommandLine {
 public:
  // Stores a value; false if the text is not a valid one.
  using Store = std::function<bool(std::string_view text)>;

  struct Argument {
    //   By position:  "FROM", which is required; "[port]"; "URL...", once or more, the last one
    //   By name:      "[--quiet]", or "[--threads N]", which may come more than once
    //   "-- WORDS":   everything after "--", at least one word
    std::string form;
    Store store;
    std::string about;  // what may be given, and what it does
  };

  // `summary` says in a sentence what the program does.
  CommandLine(std::string summary, std::vector<Argument> arguments)
      : summary_(std::move(summary)), arguments_(std::move(arguments)) {}

  // Stores what is given. Returns an exit status if the program is to end here: 0 after --help,
  // with the text on standard output; 2 for a command line that is not valid, with an error and the
  // same text on standard error.
  [[nodiscard]] std::optional<int> parse(int argc, const char* const* argv) const;

 private:
  [[nodiscard]] std::string read(int argc, const char* const* argv) const;  // an error, or ""
  [[nodiscard]] std::string help(std::string_view program) const;

  std::string summary_;
  std::vector<Argument> arguments_;
};

// The variables that these functions refer to have to outlive the CommandLine.
[[nodiscard]] inline CommandLine::Store set(bool& flag) {
  return [&flag](std::string_view) { return flag = true; };
}
// A decimal number from `least` to `most`, with nothing after it.
template <class T>
[[nodiscard]] CommandLine::Store number_into(T& number, T least = 0,
                                             T most = std::numeric_limits<T>::max()) {
  return [&number, least, most](std::string_view text) {
    T read{};
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, read);
    if (error != std::errc() || stopped != end || !(read >= least && read <= most)) return false;
    number = read;
    return true;
  };
}
// The description of a server's port.
[[nodiscard]] inline std::string about_port(unsigned fallback) {
  return "0 to 65535, 0 for any free port; " + std::to_string(fallback) + " if not given";
}
// Any text that is not empty; texts_into collects every one that is given, if there may be several.
[[nodiscard]] inline CommandLine::Store text_into(std::string& text) {
  return [&text](std::string_view given) { return !(text = given).empty(); };
}
[[nodiscard]] inline CommandLine::Store texts_into(std::vector<std::string>& texts) {
  return [&texts](std::string_view given) { return !texts.emplace_back(given).empty(); };
}

}  // namespace epoll
