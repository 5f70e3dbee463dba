#include "cases.hpp"

#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>

namespace http::testing {
namespace {

using Cases = std::vector<RequestCase>;
using namespace std::string_literals;  // "..."s may hold a NUL

const std::string kUpload = "POST /up HTTP/1.1\r\nHost: a\r\n";
const std::string kChunkedUpload = kUpload + "Transfer-Encoding: chunked\r\n\r\n";

// Refused because of the first byte of `from`.
RequestCase refused(std::string name, int status, std::string upto, const std::string& from) {
  const std::size_t offset = upto.size();
  return {
      .name = std::move(name), .bytes = std::move(upto) + from, .status = status, .offset = offset};
}
RequestCase accepted_get(std::string name, std::string bytes, std::size_t fields = 1) {
  return {.name = std::move(name), .bytes = std::move(bytes), .fields = fields};
}
RequestCase accepted_target(std::string name, const std::string& method,
                            const std::string& target) {
  return {.name = std::move(name),
          .bytes = method + ' ' + target + " HTTP/1.1\r\nHost: a\r\n\r\n",
          .method = method,
          .target = target};
}
RequestCase accepted_post(std::string name, const std::string& field, const std::string& raw,
                          std::string body, std::size_t rest = 0) {
  return {.name = std::move(name),
          .bytes = kUpload + field + "\r\n\r\n" + raw,
          .method = "POST",
          .target = "/up",
          .body = std::move(body),
          .fields = 2,
          .rest = rest};
}
RequestCase accepted_chunked(std::string name, const std::string& raw, std::string body,
                             std::size_t trailers = 0) {
  RequestCase made =
      accepted_post(std::move(name), "Transfer-Encoding: chunked", raw, std::move(body));
  made.trailers = trailers;
  return made;
}

Cases request_lines() {
  const std::string rest = "\r\nHost: a\r\n\r\n";
  return {
      accepted_get("the_plainest_request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
      accepted_get("lines_that_end_with_lf_alone", "GET / HTTP/1.1\nHost: a\n\n"),
      accepted_get("an_empty_line_before_the_request", "\r\nGET / HTTP/1.1" + rest),
      accepted_get("an_empty_line_of_lf_alone_before_the_request", "\nGET / HTTP/1.1" + rest),
      accepted_get("several_empty_lines_before_the_request", "\r\n\n\r\n\r\nGET / HTTP/1.1" + rest),
      refused("a_fault_behind_empty_lines", 400, "\r\n\r\nGET /a", "#b HTTP/1.1" + rest),
      accepted_get("minor_version_two_is_treated_as_one", "GET / HTTP/1.2" + rest),
      accepted_target("a_query", "GET", "/a/b?c=d&e=%20|^{}`\\"),
      accepted_target("an_unknown_method", "BREW", "/pot"),
      accepted_target("a_method_of_odd_token_letters", "!#$%&'*+-.^_`|~9z", "/"),
      accepted_target("methods_are_case_sensitive_and_this_is_another", "get", "/"),
      accepted_target("absolute_form", "GET", "http://example.org:8080/p?q"),
      accepted_target("absolute_form_without_a_path", "GET", "http://example.org"),
      accepted_target("absolute_form_with_a_query_only", "GET", "http://example.org?q"),
      accepted_target("absolute_form_with_an_ipv6_address", "GET", "HTTP://[::1]:80/"),
      accepted_target("authority_form", "CONNECT", "example.org:443"),
      accepted_target("authority_form_with_an_ipv6_address", "CONNECT", "[2001:db8::1]:443"),
      accepted_target("asterisk_form", "OPTIONS", "*"),
      accepted_target("options_of_a_path", "OPTIONS", "/x"),
      refused("a_tls_hello", 400, "", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s),
      refused("a_space_before_the_method", 400, "", " GET / HTTP/1.1" + rest),
      refused("a_method_that_is_no_token", 400, "GE", "(T / HTTP/1.1" + rest),
      refused("a_tab_behind_the_method", 400, "GET", "\t/ HTTP/1.1" + rest),
      refused("a_tab_behind_the_target", 400, "GET /", "\tHTTP/1.1" + rest),
      refused("a_method_alone", 400, "GET", rest),
      refused("a_method_and_a_space_alone", 400, "GET ", rest),
      refused("no_version_which_would_be_http_0_9", 400, "GET /", rest),
      refused("two_spaces_behind_the_method", 400, "GET ", " / HTTP/1.1" + rest),
      refused("two_spaces_behind_the_target", 400, "GET / ", " HTTP/1.1" + rest),
      refused("a_space_in_the_target", 400, "GET /a b", " HTTP/1.1" + rest),
      refused("a_space_behind_the_version", 400, "GET / HTTP/1.1", " " + rest),
      refused("a_space_instead_of_the_version", 400, "GET / ", rest),
      refused("a_control_byte_in_the_target", 400, "GET /a",
              "\x7f"
              "b HTTP/1.1" +
                  rest),
      refused("a_nul_in_the_target", 400, "GET /a", "\0b HTTP/1.1"s + rest),
      refused("a_byte_above_ascii_in_the_target", 400, "GET /caf", "\xc3\xa9 HTTP/1.1" + rest),
      refused("a_bare_cr_in_the_request_line", 400, "GET / HTTP/1.1", "\rHost: a\r\n\r\n"),
      refused("two_crs_at_the_end_of_the_request_line", 400, "GET / HTTP/1.1",
              "\r\r\nHost: a\r\n\r\n"),
      refused("a_fragment_in_the_target", 400, "GET /a", "#b HTTP/1.1" + rest),
      refused("a_target_that_is_no_path", 400, "GET ", "a/b HTTP/1.1" + rest),
      refused("a_target_of_a_scheme_without_an_authority", 400, "GET ", "urn:x HTTP/1.1" + rest),
      refused("a_uri_of_another_scheme", 421, "GET ", "ftp://example.org/ HTTP/1.1" + rest),
      refused("a_uri_of_https_over_a_connection_in_the_clear", 421, "GET ",
              "https://example.org/ HTTP/1.1" + rest),
      refused("a_uri_without_a_host", 400, "GET http://", "/x HTTP/1.1" + rest),
      refused("a_uri_with_a_port_and_no_host", 400, "GET http://", ":80/x HTTP/1.1" + rest),
      refused("a_uri_with_a_user", 400, "GET http://me", "@b/ HTTP/1.1" + rest),
      refused("an_asterisk_with_a_method_other_than_options", 400, "GET ", "* HTTP/1.1" + rest),
      refused("connect_to_a_path", 400, "CONNECT ", "/ HTTP/1.1" + rest),
      refused("connect_without_a_port", 400, "CONNECT ", "a HTTP/1.1" + rest),
      refused("connect_with_an_empty_port", 400, "CONNECT ", "a: HTTP/1.1" + rest),
      refused("connect_to_a_port_out_of_range", 400, "CONNECT a:", "65536 HTTP/1.1" + rest),
      refused("host_and_port_with_another_method", 400, "GET ", "a:80 HTTP/1.1" + rest),
      refused("http_2_0", 505, "GET / ", "HTTP/2.0" + rest),
      refused("the_first_line_of_an_http_2_client", 505, "PRI * ", "HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      refused("http_0_9_by_name", 505, "GET / ", "HTTP/0.9" + rest),
      refused("a_version_in_lower_case", 400, "GET / ", "http/1.1" + rest),
      refused("a_version_without_a_minor_number", 400, "GET / ", "HTTP/1" + rest),
      refused("a_version_with_two_digits", 400, "GET / ", "HTTP/1.10" + rest),
      refused("a_version_with_a_comma", 400, "GET / ", "HTTP/1,1" + rest),
      refused("another_protocol", 400, "GET / ", "SIP/2.0" + rest),
  };
}

Cases field_lines() {
  const std::string start = "GET / HTTP/1.1\r\n";
  const std::string host = start + "Host: a\r\n";
  return {
      accepted_get("no_white_space_behind_the_colon", start + "Host:a\r\n\r\n"),
      accepted_get("much_white_space_around_the_value", start + "Host: \t a \t \r\n\r\n"),
      accepted_get("a_name_in_any_case", start + "hOsT: a\r\n\r\n"),
      accepted_get("an_empty_value", host + "X:\r\n\r\n", 2),
      accepted_get("a_value_of_white_space", host + "X: \t \r\n\r\n", 2),
      accepted_get("a_value_with_colons_and_tabs", host + "X: a:b\tc\r\n\r\n", 2),
      accepted_get("a_value_with_bytes_above_ascii", host + "X: caf\xc3\xa9 \xff\x80\r\n\r\n", 2),
      accepted_get("a_name_of_odd_token_letters", host + "!#$%&'*+-.^_`|~9: x\r\n\r\n", 2),
      accepted_get("a_misspelt_content_length_means_nothing", host + "Conntent-Length: x\r\n\r\n",
                   2),
      refused("a_space_before_the_colon", 400, start + "Host", " : a\r\n\r\n"),
      refused("a_tab_before_the_colon", 400, start + "Host", "\t: a\r\n\r\n"),
      refused("a_space_in_a_name", 400, host + "X", " Y: z\r\n\r\n"),
      refused("a_field_without_a_colon", 400, host + "Xyz", "\r\n\r\n"),
      refused("a_field_without_a_name", 400, host, ": x\r\n\r\n"),
      refused("a_name_with_a_bracket", 400, host + "X", "[1]: z\r\n\r\n"),
      refused("a_name_with_a_byte_above_ascii", 400, host + "X", "\xc3\xa9: z\r\n\r\n"),
      refused("white_space_before_the_first_field", 400, start, " Host: a\r\n\r\n"),
      refused("a_line_of_white_space_before_the_first_field", 400, start, " \r\nHost: a\r\n\r\n"),
      refused("a_folded_line", 400, host + "X: a\r\n", " b\r\n\r\n"),
      refused("a_line_folded_with_a_tab", 400, host + "X: a\r\n", "\tb: c\r\n\r\n"),
      refused("a_bare_cr_in_a_value", 400, host + "X: a", "\rb\r\n\r\n"),
      refused("a_bare_cr_in_a_name", 400, host + "X", "\r: a\r\n\r\n"),
      refused("a_bare_cr_instead_of_the_empty_line", 400, host, "\rX: y\r\n\r\n"),
      refused("a_nul_in_a_value", 400, host + "X: a", "\0b\r\n\r\n"s),
      refused("a_nul_in_a_name", 400, host + "X", "\0: b\r\n\r\n"s),
      refused("a_control_byte_in_a_value", 400, host + "X: a", "\x01\r\n\r\n"),
      refused("a_delete_byte_in_a_value", 400, host + "X: a", "\x7f\r\n\r\n"),
      refused("an_escape_byte_behind_a_value", 400, host + "X: a ", "\x1b[0m\r\n\r\n"),
  };
}

Cases hosts() {
  const std::string start = "GET / HTTP/1.1\r\n";
  return {
      accepted_get("a_host_with_a_port", start + "Host: a.example:8080\r\n\r\n"),
      accepted_get("a_host_with_an_empty_port", start + "Host: a:\r\n\r\n"),
      accepted_get("an_empty_host", start + "Host:\r\n\r\n"),
      accepted_get("a_host_that_is_an_ipv4_address", start + "Host: 127.0.0.1:1\r\n\r\n"),
      accepted_get("a_host_that_is_an_ipv6_address", start + "Host: [::1]:8080\r\n\r\n"),
      accepted_get("a_host_with_escapes", start + "Host: caf%C3%A9\r\n\r\n"),
      refused("no_host", 400, start, "X: y\r\n\r\n"),
      refused("no_field_at_all", 400, start, "\r\n"),
      refused("no_host_beside_a_target_that_names_one", 400, "GET http://a/ HTTP/1.1\r\n", "\r\n"),
      refused("two_hosts", 400, start + "Host: a\r\n", "Host: b\r\n\r\n"),
      refused("the_same_host_twice", 400, start + "Host: a\r\n", "host: a\r\n\r\n"),
      refused("two_hosts_in_http_1_0", 400, "GET / HTTP/1.0\r\nHost: a\r\n", "Host: a\r\n\r\n"),
      refused("a_list_of_hosts", 400, start + "Host: a,b", " c\r\n\r\n"),
      refused("a_host_with_a_path", 400, start + "Host: a", "/b\r\n\r\n"),
      refused("a_host_with_a_user", 400, start + "Host: me", "@a\r\n\r\n"),
      refused("a_host_with_a_bad_escape", 400, start + "Host: a", "%4\r\n\r\n"),
      refused("a_host_with_a_byte_above_ascii", 400, start + "Host: caf", "\xc3\xa9\r\n\r\n"),
      refused("a_host_with_a_port_of_letters", 400, start + "Host: a:", "http\r\n\r\n"),
      refused("a_host_with_a_port_out_of_range", 400, start + "Host: a:", "65536\r\n\r\n"),
      refused("a_host_with_two_ports", 400, start + "Host: a:", "1:2\r\n\r\n"),
      refused("a_host_with_an_open_bracket", 400, start + "Host: ", "[::1\r\n\r\n"),
      refused("a_host_that_is_no_ipv6_address", 400, start + "Host: ", "[::1::2]\r\n\r\n"),
      refused("a_host_with_a_zone", 400, start + "Host: ", "[fe80::1%eth0]\r\n\r\n"),
      refused("a_host_with_empty_brackets", 400, start + "Host: ", "[]\r\n\r\n"),
      refused("a_host_with_letters_behind_the_bracket", 400, start + "Host: [::1]", "x\r\n\r\n"),
  };
}

Cases connections() {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
  const std::string old = "GET / HTTP/1.0\r\n";
  Cases cases = {
      {.name = "close_is_asked_for",
       .bytes = head + "Connection: close\r\n\r\n",
       .fields = 2,
       .keep_alive = false},
      {.name = "close_in_a_list_in_another_case",
       .bytes = head + "Connection: x, Keep-Alive ,CLOSE\r\n\r\n",
       .fields = 2,
       .keep_alive = false},
      {.name = "close_in_a_second_field",
       .bytes = head + "Connection: keep-alive\r\nConnection: close\r\n\r\n",
       .fields = 3,
       .keep_alive = false},
      {.name = "closed_is_not_close", .bytes = head + "Connection: closed\r\n\r\n", .fields = 2},
      {.name = "http_1_0_closes", .bytes = old + "\r\n", .fields = 0, .keep_alive = false},
      {.name = "http_1_0_with_keep_alive", .bytes = old + "Connection: Keep-Alive\r\n\r\n"},
      {.name = "http_1_0_with_both",
       .bytes = old + "Connection: keep-alive, close\r\n\r\n",
       .keep_alive = false},
      {.name = "http_1_0_with_a_body",
       .bytes = "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi",
       .method = "POST",
       .body = "hi",
       .keep_alive = false},
      {.name = "http_1_0_expects_nothing",
       .bytes = "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
       .method = "POST",
       .body = "hi",
       .fields = 2,
       .keep_alive = false},
      {.name = "a_second_request_behind_the_first", .bytes = head + "\r\nGET /2 HT", .rest = 9},
      {.name = "garbage_behind_the_request_is_the_next_one",
       .bytes = head + "\r\n\0\xff\r\r"s,
       .rest = 4},
      refused("an_unknown_expectation", 417, kUpload + "Expect: ", "200-ok\r\n\r\n"),
      refused("an_expectation_beside_the_one_we_know", 417, kUpload + "Expect: 100-continue, ",
              "x=y\r\n\r\n"),
  };
  cases.push_back({.name = "expect_100_continue",
                   .bytes = kUpload + "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\nhi",
                   .method = "POST",
                   .target = "/up",
                   .body = "hi",
                   .fields = 3,
                   .wants_continue = true});
  cases.push_back({.name = "expect_without_a_body_waits_for_nothing",
                   .bytes = kUpload + "Expect: 100-continue\r\n\r\n",
                   .method = "POST",
                   .target = "/up",
                   .fields = 2});
  return cases;
}

Cases framings() {
  const std::string length = kUpload + "Content-Length: ";
  const std::string coding = kUpload + "Transfer-Encoding: ";
  const std::string chunks = "\r\n\r\n0\r\n\r\n";
  return {
      accepted_post("a_body", "Content-Length: 5", "hello", "hello"),
      accepted_post("a_body_of_nothing", "Content-Length: 0", "", ""),
      accepted_post("a_body_and_the_next_request", "Content-Length: 5", "helloGET /", "hello", 5),
      accepted_post("a_content_length_without_a_blank", "Content-Length:5", "hello", "hello"),
      accepted_post("a_content_length_behind_two_blanks", "content-length:  5", "hello", "hello"),
      accepted_post("a_content_length_with_a_trailing_blank", "Content-Length: 5 ", "hello",
                    "hello"),
      accepted_post("a_content_length_with_leading_zeros", "Content-Length: 0005", "hello",
                    "hello"),
      accepted_post("a_body_that_is_not_utf_8", "Content-Length: 6", "\xff\xd8\xff\xe0\0\n"s,
                    "\xff\xd8\xff\xe0\0\n"s),
      accepted_post("a_body_that_looks_like_a_head", "Content-Length: 38",
                    "notes on HTTP\ncontent-length: 10\n\r\n\r\nX",
                    "notes on HTTP\ncontent-length: 10\n\r\n\r\nX"),
      refused("a_content_length_of_letters", 400, length, "abc\r\n\r\n"),
      refused("a_negative_content_length", 400, length, "-1\r\n\r\n"),
      refused("a_content_length_with_a_plus", 400, length, "+5\r\n\r\nhello"),
      refused("a_content_length_in_hexadecimal", 400, length + "0", "x5\r\n\r\nhello"),
      refused("an_empty_content_length", 400, length, "\r\n\r\n"),
      refused("a_content_length_with_a_fraction", 400, length + "5", ".0\r\n\r\nhello"),
      refused("a_content_length_in_two_words", 400, length + "5", " 5\r\n\r\nhello"),
      refused("a_list_of_content_lengths", 400, length + "5", ", 5\r\n\r\nhello"),
      refused("a_content_length_of_two_to_the_64th", 400, length + "1844674407370955161",
              "6\r\n\r\n"),
      refused("a_content_length_that_wraps_around_unseen", 400, length + "3000000000000000000",
              "0\r\n\r\n"),
      refused("two_content_lengths", 400, length + "5\r\n", "Content-Length: 6\r\n\r\nhello!"),
      refused("the_same_content_length_twice", 400, length + "5\r\n",
              "Content-Length: 5\r\n\r\nhello"),
      refused("a_content_length_above_the_limit", 413, length, "67108865\r\n\r\n"),
      refused("a_content_length_of_ten_gigabytes", 413, length, "9999999999\r\n\r\n"),
      refused("the_largest_content_length", 413, length, "18446744073709551615\r\n\r\n"),
      refused("both_framings", 400, length, "5\r\nTransfer-Encoding: chunked" + chunks),
      refused("both_framings_the_other_way_round", 400,
              coding + "chunked\r\nContent-Length: ", "5" + chunks),
      refused("both_framings_with_an_unknown_coding", 400, length,
              "5\r\nTransfer-Encoding: x" + chunks),
      accepted_post("empty_elements_around_chunked", "Transfer-Encoding: , chunked , ,",
                    "0\r\n\r\n", ""),
      accepted_post("chunked_in_any_case", "transfer-encoding: ChUnKeD", "0\r\n\r\n", ""),
      refused("chunked_in_http_1_0", 400,
              "POST / HTTP/1.0\r\nTransfer-Encoding: ", "chunked" + chunks),
      refused("an_unknown_coding_before_chunked", 501, coding, "gzip, chunked" + chunks),
      refused("a_coding_with_parameters_before_chunked", 501, coding,
              "x;q=\"a,b\", chunked" + chunks),
      refused("two_unknown_codings_before_chunked", 501, coding, "br, gzip, chunked" + chunks),
      refused("a_coding_in_a_field_of_its_own_before_chunked", 501, coding,
              "gzip\r\nTransfer-Encoding: chunked" + chunks),
      refused("a_coding_that_is_not_chunked", 400, coding, "gzip\r\n\r\n"),
      refused("identity", 400, coding, "identity\r\n\r\n"),
      refused("almost_chunked", 400, coding, "xchunked" + chunks),
      refused("chunked_and_then_another", 400, coding + "chunked, ", "gzip" + chunks),
      refused("chunked_twice", 400, coding + "chunked, ", "chunked" + chunks),
      refused("chunked_in_two_fields", 400,
              coding + "chunked\r\nTransfer-Encoding: ", "chunked" + chunks),
      refused("chunked_with_a_parameter", 400, coding, "chunked;q=1" + chunks),
      refused("an_empty_transfer_encoding", 400, coding, chunks),
      refused("a_coding_in_quotes", 400, coding, "\"chunked\"" + chunks),
      refused("a_coding_with_a_vertical_tab", 400, coding,
              "\x0b"
              "chunked" +
                  chunks),
  };
}

Cases chunks() {
  return {
      accepted_chunked("no_chunk_but_the_last", "0\r\n\r\n", ""),
      accepted_chunked("two_chunks", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"),
      accepted_chunked("sizes_in_either_case", "a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n",
                       "01234567890123456789a"),
      accepted_chunked("a_size_with_leading_zeros", "0000000000000002\r\nhi\r\n000\r\n\r\n", "hi"),
      accepted_chunked("chunks_of_one_byte", "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n", "abc"),
      accepted_chunked("data_that_looks_like_chunks", "7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n",
                       "0\r\n\r\n\r\n"),
      accepted_chunked("an_extension", "2;a\r\nhi\r\n0;b=c\r\n\r\n", "hi"),
      accepted_chunked("extensions_of_every_kind",
                       "2 ; a = b;c=\"x;\\\"\xc3\xa9\";d\r\nhi\r\n0\r\n\r\n", "hi"),
      accepted_chunked("trailers", "2\r\nhi\r\n0\r\nDigest: 1\r\nX-Y:  z \r\n\r\n", "hi", 2),
      refused("a_chunk_size_of_nothing", 400, kChunkedUpload, "\r\nhi\r\n0\r\n\r\n"),
      refused("a_chunk_size_that_is_no_number", 400, kChunkedUpload, "xyz\r\n"),
      refused("a_chunk_size_with_a_prefix", 400, kChunkedUpload + "0", "x5\r\nhello\r\n0\r\n\r\n"),
      refused("a_chunk_size_with_a_sign", 400, kChunkedUpload, "+5\r\nhello\r\n0\r\n\r\n"),
      refused("a_negative_chunk_size", 400, kChunkedUpload, "-1\r\n"),
      refused("a_space_before_the_chunk_size", 400, kChunkedUpload, " 5\r\nhello\r\n0\r\n\r\n"),
      refused("a_space_behind_the_chunk_size", 400, kChunkedUpload + "5",
              " \r\nhello\r\n0\r\n\r\n"),
      refused("a_chunk_size_in_two_words", 400, kChunkedUpload + "5", " 0\r\nhello\r\n0\r\n\r\n"),
      refused("a_chunk_size_that_overflows", 400, kChunkedUpload + "1000000000000000", "0\r\n"),
      refused("a_chunk_above_the_limit", 413, kChunkedUpload, "4000001\r\n"),
      refused("the_largest_chunk_size", 413, kChunkedUpload, "ffffffffffffffff\r\n"),
      refused("chunks_that_add_up_to_more_than_the_limit", 413, kChunkedUpload + "2\r\nhi\r\n",
              "3ffffff\r\n"),
      refused("a_chunk_size_that_ends_with_lf_alone", 400, kChunkedUpload + "2",
              "\nhi\r\n0\r\n\r\n"),
      refused("a_bare_cr_behind_the_chunk_size", 400, kChunkedUpload + "2", "\rhi\r\n0\r\n\r\n"),
      refused("a_nul_behind_the_chunk_size", 400, kChunkedUpload + "2", "\0\r\nhi\r\n"s),
      refused("data_longer_than_its_chunk", 400, kChunkedUpload + "2\r\nhi", "!\r\n0\r\n\r\n"),
      refused("data_shorter_than_its_chunk", 400, kChunkedUpload + "4\r\nhi\r\n", "0\r\n\r\n"),
      refused("data_that_ends_with_lf_alone", 400, kChunkedUpload + "2\r\nhi", "\n0\r\n\r\n"),
      refused("data_that_ends_with_cr_alone", 400, kChunkedUpload + "2\r\nhi\r", "0\r\n\r\n"),
      refused("an_extension_without_a_name", 400, kChunkedUpload + "2", ";\r\nhi\r\n0\r\n\r\n"),
      refused("an_extension_without_a_value", 400, kChunkedUpload + "2", ";a=\r\nhi\r\n0\r\n\r\n"),
      refused("an_extension_in_open_quotes", 400, kChunkedUpload + "2",
              ";a=\"b\r\nhi\r\n0\r\n\r\n"),
      refused("an_extension_that_ends_with_an_escape", 400, kChunkedUpload + "2",
              ";a=\"b\\\r\nhi\r\n0\r\n\r\n"),
      refused("an_extension_of_two_words", 400, kChunkedUpload + "2", ";a b\r\nhi\r\n0\r\n\r\n"),
      refused("an_extension_with_a_trailing_blank", 400, kChunkedUpload + "2",
              ";a \r\nhi\r\n0\r\n\r\n"),
      refused("an_extension_that_ends_with_lf_alone", 400, kChunkedUpload + "2;a",
              "\nhi\r\n0\r\n\r\n"),
      refused("a_trailer_that_ends_with_lf_alone", 400, kChunkedUpload + "0\r\nX: y", "\n\r\n"),
      refused("trailers_that_end_with_lf_alone", 400, kChunkedUpload + "0\r\n", "\n"),
      refused("a_trailer_with_a_space_before_the_colon", 400, kChunkedUpload + "0\r\nX",
              " : y\r\n\r\n"),
      refused("a_folded_trailer", 400, kChunkedUpload + "0\r\nX: y\r\n", " z\r\n\r\n"),
      refused("white_space_before_the_first_trailer", 400, kChunkedUpload + "0\r\n",
              " X: y\r\n\r\n"),
      refused("a_content_length_that_trails", 400, kChunkedUpload + "0\r\n",
              "content-length: 5\r\n\r\n"),
      refused("a_transfer_encoding_that_trails", 400, kChunkedUpload + "0\r\nX: y\r\n",
              "Transfer-Encoding: chunked\r\n\r\n"),
      refused("a_host_that_trails", 400, kChunkedUpload + "0\r\n", "Host: b\r\n\r\n"),
      refused("a_connection_that_trails", 400, kChunkedUpload + "0\r\n",
              "Connection: close\r\n\r\n"),
      refused("an_expect_that_trails", 400, kChunkedUpload + "0\r\n",
              "Expect: 100-continue\r\n\r\n"),
  };
}

}  // namespace

const std::vector<RequestCase>& request_cases() {
  static const Cases all = [] {
    Cases cases;
    for (Cases part :
         {request_lines(), field_lines(), hosts(), connections(), framings(), chunks()})
      cases.insert(cases.end(), std::make_move_iterator(part.begin()),
                   std::make_move_iterator(part.end()));
    return cases;
  }();
  return all;
}

const std::vector<std::string>& unfinished_requests() {
  static const std::vector<std::string> all = {
      "",
      "\r",
      "\r\n",
      "\r\n\r\n\r\n",
      "P",
      "GET / HTTP/1.1",
      "GET / HTTP/1.1\r",
      "GET / HTTP/1.1\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\n\r",
      kUpload + "Content-Length: 5\r\n\r\n",
      kUpload + "Content-Length: 5\r\n\r\nhell",
      kChunkedUpload,
      kChunkedUpload + "2",
      kChunkedUpload + "2\r",
      kChunkedUpload + "2\r\n",
      kChunkedUpload + "2\r\nhi\r",
      kChunkedUpload + "2\r\nhi\r\n0\r\n",
      kChunkedUpload + "2\r\nhi\r\n0\r\nX: y\r\n\r",
  };
  return all;
}

}  // namespace http::testing
