#include "feeding.hpp"
#include "fuzz.hpp"
#include "printing.hpp"

namespace fuzz {
namespace {

using http::testing::feed_response;
using http::testing::Feeding;
using http::testing::Seen;

void same_response_for_every_split(std::string_view input, const Seen& whole, Feeding feeding) {
  Choices choices(input);
  const std::size_t piece = input.size() <= 256 ? 1 : 1 + choices.below(64);
  const auto pieces = http::testing::pieces_of(piece, input);
  require_equal(feed_response(whole.method, input, pieces, feeding), whole,
                "a response in small pieces");
  feeding.compacts = true;
  require_equal(feed_response(whole.method, input, choices.ends(input.size()), feeding), whole,
                "a response in pieces, with gaps compacted");
  Seen discarded = whole;
  discarded.body.clear();
  feeding.mode = http::BodyMode::discard;
  require_equal(feed_response(whole.method, input, choices.ends(input.size()), feeding), discarded,
                "a response whose body is discarded");
}

void same_response_when_printed_again(const Seen& seen) {
  const std::string text = "HTTP/1." + std::to_string(seen.version.minor) + ' ' +
                           std::to_string(seen.status) + ' ' + seen.reason + "\r\n" +
                           printed_behind_start_line(seen);
  Seen again = seen;
  again.consumed = text.size();
  require_equal(feed_response(seen.method, text, {}), again, "a response that was printed again");
}

}  // namespace

void response(std::string_view input) {
  for (const auto* const method : {"GET", "HEAD", "CONNECT"}) {
    for (const http::Limits& limits : {http::Limits{}, kSmallLimits}) {
      const Seen whole = feed_response(method, input, {}, {.limits = limits});
      require((whole.error ? whole.error->offset : whole.consumed) <= input.size(),
              "an offset lies within what was sent");
      require(whole.complete != whole.error.has_value(), "an end decides");
      same_response_for_every_split(input, whole, {.limits = limits});
      if (whole.complete) same_response_when_printed_again(whole);
    }
  }
}

}  // namespace fuzz
