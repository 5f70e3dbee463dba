#include "feeding.hpp"

#include <stdexcept>

#include "http/request_parser.hpp"
#include "http/response_parser.hpp"

namespace http::testing {
namespace {

void write_down_message(Seen& seen, const Message& message) {
  seen.body = message.body_text();
  seen.version = message.version;
  seen.fields = copy_fields(message.fields);
  seen.trailers = copy_fields(message.trailers);
  seen.body_size = message.body_size;
}

void write_down(Seen& seen, const RequestParser& parser) {
  const Request& request = parser.request();
  write_down_message(seen, request);
  seen.method = request.method;
  seen.target = request.target;
  seen.path = request.path();
  seen.query = request.query();
  seen.authority = request.authority();
  seen.form = request.form;
  seen.keep_alive = request.keep_alive();
  seen.wants_continue = request.wants_continue;
  seen.declared = parser.declared_length();
}

void write_down(Seen& seen, const ResponseParser& parser) {
  const ReceivedResponse& response = parser.response();
  write_down_message(seen, response);
  seen.status = response.status;
  seen.reason = response.reason;
  seen.keep_alive = response.keep_alive;
  seen.declared = parser.declared_length();
}

// Nothing more will come: what the parser makes of that.
std::optional<Parsed<Progress>> finish(RequestParser&, std::span<std::byte>) {
  return std::nullopt;
}
std::optional<Parsed<Progress>> finish(ResponseParser& parser, std::span<std::byte> buffer) {
  return parser.finish(buffer);
}

template <class Parser>
void feed(Seen& seen, Parser parser, std::string_view bytes, std::vector<std::size_t> ends,
          const Feeding& feeding) {
  ExactBuffer buffer;
  std::size_t fed = 0;
  std::size_t closed = 0;
  ends.push_back(bytes.size());
  for (std::size_t i = 0; i < ends.size(); ++i) {
    buffer.append(bytes.substr(fed, ends[i] - fed));
    fed = ends[i];
    auto progress = parser.feed(buffer.bytes());
    if (progress == Progress::head_complete) {
      ++seen.heads;
      write_down(seen, parser);
      progress = parser.feed(buffer.bytes());
    }
    if (progress == Progress::need_more && i + 1 == ends.size() && feeding.then_closed)
      progress = finish(parser, buffer.bytes()).value_or(progress);
    if (parser.examined() > fed) throw std::logic_error("a byte was looked at twice");
    if (!progress) {
      seen.error = progress.error();
      return;
    }
    if (*progress == Progress::complete) {
      seen.complete = true;
      seen.consumed = parser.consumed() + closed;
      write_down(seen, parser);
      return;
    }
    if (feeding.compacts) {
      const std::size_t count = parser.compact(buffer.bytes());
      buffer.drop_back(count);
      closed += count;
    }
  }
}

}  // namespace

Seen feed_request(std::string_view bytes, const std::vector<std::size_t>& ends,
                  const Feeding& feeding) {
  Seen seen;
  feed(seen, RequestParser(feeding.limits, feeding.mode), bytes, ends, feeding);
  return seen;
}

Seen feed_response(std::string_view request_method, std::string_view bytes,
                   const std::vector<std::size_t>& ends, const Feeding& feeding) {
  Seen seen;
  seen.method = request_method;
  feed(seen, ResponseParser(request_method, feeding.limits, feeding.mode), bytes, ends, feeding);
  return seen;
}

void ExactBuffer::append(std::string_view piece) {
  const auto more = as_bytes(piece);
  std::vector<std::byte> next;
  next.reserve(bytes_.size() + more.size());  // exactly
  next.insert(next.end(), bytes_.begin(), bytes_.end());
  next.insert(next.end(), more.begin(), more.end());
  bytes_.swap(next);
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
      << ", status " << seen.status << ", heads " << seen.heads << ", consumed " << seen.consumed
      << ", body " << seen.body_size << " \"" << seen.body << "\", keep-alive " << seen.keep_alive
      << ", continue " << seen.wants_continue;
  for (const auto& [name, value] : seen.fields) out << "\n  " << name << ": " << value;
  for (const auto& [name, value] : seen.trailers) out << "\n  trailer " << name << ": " << value;
  return out;
}

}  // namespace http::testing
