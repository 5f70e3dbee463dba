#include "feeding.hpp"

#include <cstring>

#include "http/request_parser.hpp"

namespace http::testing {
namespace {

void write_down(Seen& seen, const RequestParser& parser) {
  const Request& request = parser.request();
  seen.method = request.method;
  seen.target = request.target;
  seen.path = request.path();
  seen.query = request.query();
  seen.authority = request.authority();
  seen.body = request.body_text();
  seen.form = request.form;
  seen.version = request.version;
  seen.fields = copy_fields(request.fields);
  seen.trailers = copy_fields(request.trailers);
  seen.body_size = request.body_size;
  seen.keep_alive = request.keep_alive();
  seen.wants_continue = request.wants_continue;
  seen.declared = parser.declared_length();
}

}  // namespace

Seen feed_request(std::string_view bytes, const std::vector<std::size_t>& ends,
                  const Feeding& feeding) {
  Seen seen;
  RequestParser parser(feeding.limits, feeding.mode);
  std::vector<std::byte> buffer;
  std::size_t fed = 0;
  std::size_t closed = 0;
  auto all_ends = ends;
  all_ends.push_back(bytes.size());
  for (const std::size_t end : all_ends) {
    const auto piece = as_bytes(bytes.substr(fed, end - fed));
    fed = end;
    std::vector<std::byte> next;
    next.reserve(buffer.size() + piece.size());  // exactly
    next.insert(next.end(), buffer.begin(), buffer.end());
    next.insert(next.end(), piece.begin(), piece.end());
    buffer.swap(next);
    auto progress = parser.feed(buffer);
    if (progress == Progress::head_complete) {
      ++seen.heads;
      write_down(seen, parser);
      progress = parser.feed(buffer);
    }
    if (!progress) {
      seen.error = progress.error();
      return seen;
    }
    if (*progress == Progress::complete) {
      seen.complete = true;
      seen.consumed = parser.consumed() + closed;
      write_down(seen, parser);
      return seen;
    }
    if (feeding.compacts) {
      const std::size_t count = parser.compact(buffer);
      buffer.resize(buffer.size() - count);
      closed += count;
    }
  }
  return seen;
}

std::vector<std::size_t> pieces_of(std::size_t size, std::string_view bytes) {
  std::vector<std::size_t> ends;
  for (std::size_t end = size; end < bytes.size(); end += size) ends.push_back(end);
  return ends;
}

FieldList copy_fields(const Fields& fields) {
  FieldList list;
  for (const Field field : fields) list.emplace_back(field.name, field.value);
  return list;
}

std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  if (seen.error)
    return out << "refused " << seen.error->status << " at " << seen.error->offset << ": "
               << seen.error->what << " [" << seen.error->section << "], heads " << seen.heads;
  out << (seen.complete ? "complete " : "unfinished ") << seen.method << ' ' << seen.target
      << ", heads " << seen.heads << ", consumed " << seen.consumed << ", body " << seen.body_size
      << " \"" << seen.body << "\", keep-alive " << seen.keep_alive << ", continue "
      << seen.wants_continue;
  for (const auto& [name, value] : seen.fields) out << "\n  " << name << ": " << value;
  for (const auto& [name, value] : seen.trailers) out << "\n  trailer " << name << ": " << value;
  return out;
}

}  // namespace http::testing
