#include "http/request.hpp"

#include <algorithm>

namespace http {
namespace {

// Where the path begins: behind "scheme://authority" if that is there.
std::size_t path_begin(const Request& request) {
  if (request.form != TargetForm::absolute) return 0;
  const std::size_t authority = request.target.find("://") + 3;
  return std::min(request.target.find_first_of("/?", authority), request.target.size());
}

bool has_path(TargetForm form) {
  return form == TargetForm::origin || form == TargetForm::absolute;
}

}  // namespace

std::string_view Request::path() const noexcept {
  if (!has_path(form)) return {};
  const std::string_view rest = target.substr(path_begin(*this));
  const std::string_view path = rest.substr(0, rest.find('?'));
  return path.empty() ? "/" : path;  // [RFC 9110 4.2.3]
}

std::string_view Request::query() const noexcept {
  if (!has_path(form)) return {};
  const std::size_t mark = target.find('?');
  return mark == target.npos ? std::string_view() : target.substr(mark + 1);
}

std::string_view Request::authority() const noexcept {
  if (form == TargetForm::authority) return target;
  if (form == TargetForm::absolute) {
    const std::size_t begin = target.find("://") + 3;
    return target.substr(begin, path_begin(*this) - begin);
  }
  return fields.find("Host").value_or(std::string_view());
}

bool Request::keep_alive() const noexcept {
  if (fields.has_token("Connection", "close")) return false;
  return version.minor >= 1 || fields.has_token("Connection", "keep-alive");
}

}  // namespace http
