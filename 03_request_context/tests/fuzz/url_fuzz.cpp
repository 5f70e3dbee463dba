#include <string>

#include "feeding.hpp"
#include "fuzz.hpp"
#include "http/url.hpp"

namespace fuzz {

void url(std::string_view input) {
  const auto url = http::Url::parse(input);
  if (!url) return;
  require(!url->host.empty() && url->target.starts_with('/'), "a URL has a host and a target");

  const std::string text = "http://" + url->host_field + url->target;
  const auto again = http::Url::parse(text);
  require(again && again->host == url->host && again->port == url->port &&
              again->target == url->target && again->host_field == url->host_field,
          "a URL that was printed again");

  // A server reads the request that a client makes of it, and means the same host and path.
  const std::string asked =
      "GET " + url->target + " HTTP/1.1\r\nHost: " + url->host_field + "\r\n\r\n";
  const auto seen = http::testing::feed_whole(asked);
  require(seen.complete || (seen.error && seen.error->status == 414), "a URL can be asked for");
  if (!seen.complete) return;
  require_equal(seen.target, url->target, "the target that was asked for");
  require_equal(seen.authority, url->host_field, "the host that was asked");
}

}  // namespace fuzz
