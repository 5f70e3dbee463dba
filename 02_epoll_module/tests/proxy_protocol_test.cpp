#include "epoll/proxy_protocol.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace proxy_protocol_test {

using epoll::ProxyHeader;
using epoll::ProxyHeaderReader;
using std::string_view_literals::operator""sv;

constexpr std::string_view kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::string_view kV4 =
    "\xC0\0\x02\x01\xC6\x33\x64\x02\x30\x39\x01\xBB"sv;                      // 192.0.2.1:12345
const std::string kV6 = "\x20\x01\x0D\xB8" + std::string(11, '\0') + '\1' +  //
                        "\x20\x01\x0D\xB8" + std::string(11, '\0') + '\2' + "\x30\x39\x01\xBB";

// A header: what stands behind the signature, and the length, which fits unless it is given.
std::string header(int command, int kinds, std::string_view rest, int length = -1) {
  const auto size = length < 0 ? rest.size() : static_cast<std::size_t>(length);
  std::string text(kSignature);
  for (const std::size_t byte :
       {static_cast<std::size_t>(command), static_cast<std::size_t>(kinds), size >> 8, size & 0xff})
    text += static_cast<char>(byte);
  return text.append(rest);
}
std::string tlv(int type, std::string_view value) {
  std::string text(1, static_cast<char>(type));
  text += static_cast<char>(value.size() >> 8);
  text += static_cast<char>(value.size() & 0xff);
  return text.append(value);
}

// What comes of `bytes` in pieces of up to `piece`: a text that tells the addresses or the error, and how
// many bytes were left in the socket.
struct Outcome {
  std::string what;
  std::size_t left = 0;
  bool operator==(const Outcome&) const = default;
  friend void PrintTo(const Outcome& outcome, std::ostream* out) {
    *out << outcome.what << ", " << outcome.left << " left";
  }
};
std::string told(const std::optional<epoll::SocketAddress>& address) {
  return address ? address->to_string() : "none";
}
Outcome read(std::string_view bytes, std::size_t piece = std::string_view::npos) {
  ProxyHeaderReader reader;
  while (!bytes.empty()) {
    const std::size_t count = std::min({bytes.size(), piece, reader.room().size()});
    std::memcpy(reader.room().data(), bytes.data(), count);
    bytes.remove_prefix(count);
    const auto whole = reader.received(count);
    if (!whole) return {whole.error() == std::errc::message_size ? "too long" : "no header", 0};
    if (!*whole) continue;
    const ProxyHeader& header = reader.header();
    return {told(header.source) + " to " + told(header.destination), bytes.size()};
  }
  return {"not whole", 0};
}

const Outcome kNoAddress{"none to none", 5};

TEST(ProxyHeaderReader, returns_both_addresses_and_leaves_what_follows) {
  EXPECT_EQ(read(header(0x21, 0x11, kV4) + "hello"),
            (Outcome{"192.0.2.1:12345 to 198.51.100.2:443", 5}));
  EXPECT_EQ(read(header(0x21, 0x21, kV6) + "hello"),
            (Outcome{"[2001:db8::1]:12345 to [2001:db8::2]:443", 5}));
  EXPECT_EQ(read(header(0x21, 0x12, kV4) + "hello"),
            (Outcome{"192.0.2.1:12345 to 198.51.100.2:443", 5}))
      << "of a datagram";
}

TEST(ProxyHeaderReader, returns_no_address_where_the_proxy_speaks_for_itself_or_does_not_know) {
  EXPECT_EQ(read(header(0x20, 0x00, "") + "hello"), kNoAddress);
  EXPECT_EQ(read(header(0x20, 0x11, kV4) + "hello"), kNoAddress) << "LOCAL, whatever it says";
  EXPECT_EQ(read(header(0x20, 0x11, "xyz") + "hello"), kNoAddress) << "not even that it is whole";
  EXPECT_EQ(read(header(0x21, 0x00, "") + "hello"), kNoAddress);
  EXPECT_EQ(read(header(0x21, 0x10, kV4) + "hello"), kNoAddress);
  EXPECT_EQ(read(header(0x21, 0x01, "") + "hello"), kNoAddress);
  EXPECT_EQ(read(header(0x21, 0x31, std::string(216, 'x')) + "hello"), kNoAddress) << "Unix socket";
}

TEST(ProxyHeaderReader, skips_what_follows_the_addresses) {
  const std::string more = tlv(1, "http/1.1") + tlv(4, "") + tlv(0xee, std::string(300, 'x'));
  EXPECT_EQ(read(header(0x21, 0x11, std::string(kV4) + more) + "hello"),
            (Outcome{"192.0.2.1:12345 to 198.51.100.2:443", 5}));
}

TEST(ProxyHeaderReader, takes_the_same_in_pieces_of_every_size) {
  for (const std::string& bytes :
       {header(0x21, 0x11, std::string(kV4) + tlv(5, "id")), header(0x21, 0x21, kV6),
        header(0x20, 0, "xyz"), header(0x23, 0x11, kV4), header(0x21, 0x11, kV4.substr(1)),
        header(0x21, 0x11, "", 60'000)}) {
    const Outcome whole = read(bytes);
    for (std::size_t piece = 1; piece < bytes.size(); ++piece)
      EXPECT_EQ(read(bytes, piece), whole) << piece;
  }
}

TEST(ProxyHeaderReader, waits_for_every_byte) {
  const std::string bytes = header(0x21, 0x21, kV6 + tlv(1, "h2"));
  for (std::size_t size = 1; size < bytes.size(); ++size)
    EXPECT_EQ(read(bytes.substr(0, size)).what, "not whole") << size;
}

TEST(ProxyHeaderReader, refuses_the_first_byte_that_does_not_fit) {
  const std::string right = header(0x21, 0x11, kV4);
  for (std::size_t at = 0; at < 14; ++at) {
    std::string wrong = right.substr(0, at + 1);
    EXPECT_EQ(read(wrong).what, "not whole") << at;
    wrong[at] = static_cast<char>(wrong[at] ^ 0x44);
    EXPECT_EQ(read(wrong).what, "no header") << at;
  }
  EXPECT_EQ(read("GET / HTTP/1.1\r\n").what, "no header");
  EXPECT_EQ(read("\r\n\r\nGET").what, "no header");
  EXPECT_EQ(read("PROXY TCP4 1.2.3.4 5.6.7.8 9 10\r\n").what, "no header") << "version 1";
}

TEST(ProxyHeaderReader, refuses_every_command_family_and_protocol_that_version_2_does_not_have) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool is_command = byte == 0x20 || byte == 0x21;
    EXPECT_EQ(read(header(byte, 0x11, kV4)).what == "no header", !is_command) << byte;
    const bool is_kind = byte >> 4 <= 3 && (byte & 0xf) <= 2;
    EXPECT_EQ(read(header(0x20, byte, "")).what == "no header", !is_kind) << byte;
  }
}

TEST(ProxyHeaderReader, refuses_a_length_that_does_not_fit_what_stands_there) {
  EXPECT_EQ(read(header(0x21, 0x11, kV4.substr(1))).what, "no header");
  EXPECT_EQ(read(header(0x21, 0x21, kV4)).what, "no header");
  EXPECT_EQ(read(header(0x21, 0x31, kV6)).what, "no header");
  for (const std::string& end : {std::string("\1"), std::string("\1\0", 2), tlv(1, "h2") + "\1",
                                 tlv(1, "h2").substr(0, 4), std::string("\1\xff\xff", 3)})
    EXPECT_EQ(read(header(0x21, 0x11, std::string(kV4) + end)).what, "no header") << end.size();
}

TEST(ProxyHeaderReader, is_refused_by_its_length_before_the_rest_has_come) {
  const std::size_t most = ProxyHeaderReader::kMost - 16;
  const auto with = [](std::size_t length) {
    return header(0x20, 0, "", static_cast<int>(length)) + std::string(length, 'x');
  };
  EXPECT_EQ(read(with(most) + "hello"), kNoAddress);
  EXPECT_EQ(read(with(most + 1).substr(0, 16)).what, "too long");
  EXPECT_EQ(read(with(65535).substr(0, 16)).what, "too long");
}

}  // namespace proxy_protocol_test
