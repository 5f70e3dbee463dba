#include "http/validators.hpp"

#include "http/date.hpp"

namespace http {
namespace {

std::string_view without_weakness(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  return etag;
}

// Whether a list of entity tags names this version. The strong comparison needs two strong tags,
// the weak one takes either [RFC 9110 8.8.3.2].
bool lists(const http::Request& request, std::string_view field, const Validators& validators,
           bool strong) {
  bool found = false;
  request.fields.for_each_element(field, [&](std::string_view element) {
    if (element == "*") found = true;
    if (strong) {
      found |= validators.are_strong() && element == validators.etag;
    } else {
      found |= without_weakness(element) == without_weakness(validators.etag);
    }
  });
  return found;
}

std::optional<std::chrono::sys_seconds> date_in(const http::Request& request,
                                                std::string_view field) {
  const auto value = request.fields.find(field);
  return value ? parse_http_date(*value) : std::nullopt;
}

}  // namespace

Precondition evaluate_preconditions(const http::Request& request, const Validators& validators) {
  // #region validators.evaluate_preconditions
  const http::Fields& fields = request.fields;
  if (fields.count("If-Match") != 0) {
    if (!lists(request, "If-Match", validators, true)) return Precondition::failed;
  } else if (const auto limit = date_in(request, "If-Unmodified-Since");
             limit && validators.modified > *limit) {
    return Precondition::failed;
  }
  if (fields.count("If-None-Match") != 0) {
    return lists(request, "If-None-Match", validators, false) ? Precondition::not_modified
                                                              : Precondition::holds;
  }
  const auto since = date_in(request, "If-Modified-Since");
  return since && validators.modified <= *since ? Precondition::not_modified : Precondition::holds;
  // #endregion validators.evaluate_preconditions
}

bool range_applies(const http::Request& request, const Validators& validators) {
  const auto condition = request.fields.find("If-Range");
  // #region validators.range_applies
  if (!condition) return true;
  if (!validators.are_strong()) return false;
  if (condition->starts_with('"')) return *condition == validators.etag;
  return parse_http_date(*condition) == validators.modified;
  // #endregion validators.range_applies
}

}  // namespace http
