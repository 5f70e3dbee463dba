#include "epoll/command_line.hpp"

#include <algorithm>
#include <cstdio>

namespace epoll {
namespace {

// A form, taken apart: "[--threads N]" is an optional "--threads" with the value "N".
struct Form {
  explicit Form(std::string_view form)
      : is_optional(form.starts_with('[')),
        is_rest(form.starts_with("-- ")),
        is_repeated(form.ends_with("...")) {
    plain = is_optional ? form.substr(1, form.size() - 2) : form;
    if (is_repeated && !is_rest) plain.remove_suffix(3);
    name = plain.substr(0, plain.find(' '));
    value = plain.substr(std::min(plain.size(), name.size() + 1));
    is_option = name.starts_with("--");
  }
  bool is_optional, is_rest, is_repeated, is_option;
  std::string_view plain, name, value;
};

std::string quoted(std::string_view word) {
  return "'" + std::string(word) + "'";
}

}  // namespace

std::string CommandLine::read(int argc, const char* const* argv) const {
  std::vector<bool> given(arguments_.size());
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    std::size_t at = 0;
    for (; at < arguments_.size(); ++at) {
      const Form form(arguments_[at].form);
      const bool is_free = !word.starts_with("--") && (!given[at] || form.is_repeated);
      if (form.is_option ? word == form.name : is_free) break;
    }
    if (at == arguments_.size()) return quoted(word) + " is not understood";
    const Form form(arguments_[at].form);
    if (!form.value.empty() && ++i == argc)
      return std::string(form.name) + " needs " + std::string(form.value);
    do {
      if (!arguments_[at].store(argv[i]))
        return quoted(argv[i]) + " is not valid for " + std::string(form.plain);
    } while (form.is_rest && ++i < argc);
    given[at] = true;
  }
  for (std::size_t at = 0; at < arguments_.size(); ++at) {
    const Form form(arguments_[at].form);
    if (!given[at] && !form.is_optional) return std::string(form.plain) + " is missing";
  }
  return "";
}

std::string CommandLine::help(std::string_view program) const {
  std::string usage = "usage: " + std::string(program);
  std::string table;
  const auto add_row = [&](std::string name, std::string_view about) {
    name.resize(std::max<std::size_t>(name.size() + 2, 20), ' ');
    table.append("  ").append(name).append(about).append("\n");
  };
  for (const Argument& argument : arguments_) {
    usage += ' ' + argument.form;
    add_row(std::string(Form(argument.form).plain), argument.about);
  }
  add_row("--help", "prints this");
  return usage + "\n\n" + summary_ + "\n\n" + table;
}

std::optional<int> CommandLine::parse(int argc, const char* const* argv) const {
  const std::string text = help(argc > 0 ? argv[0] : "");
  const auto end = std::find(argv, argv + argc, std::string_view("--"));
  if (std::find(argv, end, std::string_view("--help")) != end) {
    std::fputs(text.c_str(), stdout);
    return 0;
  }
  const std::string error = read(argc, argv);
  if (error.empty()) return std::nullopt;
  std::fprintf(stderr, "%s\n%s", error.c_str(), text.c_str());
  return 2;
}

}  // namespace epoll
