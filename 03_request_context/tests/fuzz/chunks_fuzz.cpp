#include <ostream>
#include <string>

#include "feeding.hpp"
#include "fuzz.hpp"
#include "http/body_reader.hpp"
#include "http/response.hpp"

namespace fuzz {
namespace {

using http::BodyMode;
using http::Sender;
using http::testing::ExactBuffer;

struct Decoded {
  std::optional<http::ParseError> error;
  bool complete = false;
  std::size_t end = 0;
  std::string body;
  std::size_t size = 0;
  http::testing::FieldList trailers;

  friend bool operator==(const Decoded&, const Decoded&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Decoded& d) {
    out << (d.complete ? "complete" : "unfinished") << ", end " << d.end << ", size " << d.size
        << ", trailers " << d.trailers.size() << ", body " << d.body;
    if (d.error) out << ", refused at " << d.error->offset << ": " << d.error->what;
    return out;
  }
};

Decoded decode(std::string_view input, std::vector<std::size_t> ends, const http::Limits& limits,
               Sender sender, BodyMode mode = BodyMode::keep) {
  Decoded decoded;
  http::BodyReader reader;
  reader.start({http::Framing::Kind::chunked, 0}, 0, mode, limits, sender);
  http::Fields trailers;
  ExactBuffer buffer;
  std::size_t fed = 0;
  std::size_t gone = 0;
  ends.push_back(input.size());
  for (const std::size_t end : ends) {
    buffer.append(input.substr(fed, end - fed));
    fed = end;
    const auto done = reader.read(buffer.bytes(), trailers, limits.fields);
    require(reader.examined() <= fed, "no byte of a chunked body is looked at twice");
    decoded.body = http::as_text(reader.kept(buffer.bytes()));
    decoded.size = reader.size();
    if (!done) {
      decoded.error = done.error();
      decoded.error->offset += gone;
      return decoded;
    }
    if (*done) {
      decoded.complete = true;
      decoded.end = reader.end() + gone;
      decoded.trailers = http::testing::copy_fields(trailers);
      return decoded;
    }
    const std::size_t count = reader.compact(buffer.bytes());
    buffer.drop_back(count);
    gone += count;
  }
  return decoded;
}

void same_body_when_printed_again(const Decoded& decoded, Choices& choices) {
  http::Buffer text;
  for (std::string_view rest = decoded.body; !rest.empty();) {
    const std::size_t count = std::min(rest.size(), 1 + choices.below(20));
    http::append_chunk(text, http::as_bytes(rest.substr(0, count)));
    rest.remove_prefix(count);
  }
  http::append_last_chunk(text);
  const Decoded again = decode(http::as_text(text.data()), {}, {}, Sender::client);
  require(again.complete && again.end == text.size(), "what is printed is a chunked body");
  require_equal(again.body, decoded.body, "a body that was put into chunks again");
}

}  // namespace

void chunks(std::string_view input) {
  Choices choices(input);
  for (const Sender sender : {Sender::client, Sender::server}) {
    for (const http::Limits& limits : {http::Limits{}, kSmallLimits}) {
      const Decoded whole = decode(input, {}, limits, sender);
      require(whole.size <= limits.body, "a body is within its limit");
      const std::size_t piece = input.size() <= 256 ? 1 : 1 + choices.below(64);
      require_equal(decode(input, http::testing::pieces_of(piece, input), limits, sender), whole,
                    "a chunked body in small pieces");
      require_equal(decode(input, choices.ends(input.size()), limits, sender), whole,
                    "a chunked body in pieces");
      Decoded discarded = whole;
      discarded.body.clear();
      require_equal(decode(input, choices.ends(input.size()), limits, sender, BodyMode::discard),
                    discarded, "a chunked body that is discarded");
      if (whole.complete) same_body_when_printed_again(whole, choices);
    }
  }
}

}  // namespace fuzz
