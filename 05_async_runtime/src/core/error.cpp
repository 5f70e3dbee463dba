#include "async/core/error.hpp"

#include <string>

namespace async {
namespace {

class Category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "async"; }
  [[nodiscard]] std::string message(int error) const override {
    switch (static_cast<Errc>(error)) {
      case Errc::already_waiting:
        return "another task already waits here: there may be one reader and one writer";
      case Errc::closed:
        return "the channel is closed";
      case Errc::cut_short:
        return "the stream ended too early";
      case Errc::other_runtime:
        return "the task belongs to another runtime: let it answer through a channel";
    }
    return "unknown error";
  }
};

}  // namespace

const std::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

}  // namespace async
