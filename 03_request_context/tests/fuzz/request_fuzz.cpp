#include "feeding.hpp"
#include "fuzz.hpp"
#include "printing.hpp"

namespace fuzz {
namespace {

using http::testing::feed_request;
using http::testing::Feeding;
using http::testing::Seen;

void same_request_for_every_split(std::string_view input, const Seen& whole, Feeding feeding) {
  Choices choices(input);
  const std::size_t piece = input.size() <= 256 ? 1 : 1 + choices.below(64);
  require_equal(feed_request(input, http::testing::pieces_of(piece, input), feeding), whole,
                "a request in small pieces");
  feeding.compacts = true;
  require_equal(feed_request(input, choices.ends(input.size()), feeding), whole,
                "a request in pieces, with gaps compacted");
  Seen discarded = whole;
  discarded.body.clear();
  feeding.mode = http::BodyMode::discard;
  require_equal(feed_request(input, choices.ends(input.size()), feeding), discarded,
                "a request whose body is discarded");
}

void same_request_when_printed_again(const Seen& seen) {
  const std::string text = seen.method + ' ' + seen.target + " HTTP/1." +
                           std::to_string(seen.version.minor) + "\r\n" +
                           printed_behind_start_line(seen);
  Seen again = seen;
  again.consumed = text.size();
  require_equal(http::testing::feed_whole(text), again, "a request that was printed again");
}

}  // namespace

void request(std::string_view input) {
  for (const http::Limits& limits : {http::Limits{}, kSmallLimits}) {
    const Seen whole = feed_request(input, {}, {.limits = limits});
    require((whole.error ? whole.error->offset : whole.consumed) <= input.size(),
            "an offset lies within what was sent");
    same_request_for_every_split(input, whole, {.limits = limits});
    if (whole.complete) same_request_when_printed_again(whole);
  }
}

}  // namespace fuzz
