#include "http/allowed_hosts.hpp"

#include <gtest/gtest.h>

namespace {

TEST(AllowedHosts, answer_to_what_no_name_server_can_say) {
  const http::AllowedHosts hosts;
  for (const char* const name :
       {"127.0.0.1", "127.0.0.1:8080", "192.168.1.5:80", "[::1]", "[::1]:8080", "localhost",
        "localhost:8080", "LOCALHOST", "localhost.", "app.localhost:8080", "web", "web:8080", ""})
    EXPECT_TRUE(hosts.allows(name)) << name;
}

TEST(AllowedHosts, do_not_answer_to_a_name_that_its_owner_may_point_at_us) {
  const http::AllowedHosts hosts;
  for (const char* const name : {"evil.example", "evil.example:8080", "127.0.0.1.evil.example",
                                 "localhost.evil.example", "notlocalhost.example", "a@evil.example",
                                 "127.0.0.1@evil.example:80", "1.2.3", "1.2.3.4.5", ".localhost"})
    EXPECT_FALSE(hosts.allows(name)) << name;
}

TEST(AllowedHosts, answer_to_names_that_were_given) {
  const http::AllowedHosts hosts({"www.example.com"});
  EXPECT_TRUE(hosts.allows("www.example.com"));
  EXPECT_TRUE(hosts.allows("WWW.Example.com:443"));
  EXPECT_TRUE(hosts.allows("www.example.com."));
  EXPECT_TRUE(hosts.allows("localhost"));
  EXPECT_FALSE(hosts.allows("example.com"));
  EXPECT_FALSE(hosts.allows("a.www.example.com"));
}

}  // namespace
