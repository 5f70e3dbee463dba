#include "http/content_type.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace {

TEST(ContentType, follows_from_the_extension_of_the_name) {
  const std::vector<std::pair<std::string, std::string>> known = {
      {"index.html", "text/html; charset=utf-8"},
      {"old.htm", "text/html; charset=utf-8"},
      {"module.mjs", "text/javascript; charset=utf-8"},
      {"main.js", "text/javascript; charset=utf-8"},
      {"style.css", "text/css; charset=utf-8"},
      {"program.wasm", "application/wasm"},
      {"picture.png", "image/png"},
      {"picture.jpeg", "image/jpeg"},
      {"picture.jpg", "image/jpeg"},
      {"picture.gif", "image/gif"},
      {"picture.webp", "image/webp"},
      {"picture.avif", "image/avif"},
      {"picture.svg", "image/svg+xml"},
      {"favicon.ico", "image/vnd.microsoft.icon"},
      {"font.woff2", "font/woff2"},
      {"book.pdf", "application/pdf"},
      {"film.mp4", "video/mp4"},
      {"film.webm", "video/webm"},
      {"song.mp3", "audio/mpeg"},
      {"feed.xml", "application/xml"},
      {"data.json", "application/json"},
      {"data.tar.gz", "application/gzip"},
      {"app.log", "text/plain; charset=utf-8"},
      {"app.webmanifest", "application/manifest+json"},
      {"7.7z", "application/x-7z-compressed"},
      {"z.zst", "application/zstd"},
  };
  for (const auto& [name, type] : known) EXPECT_EQ(http::content_type_of(name), type) << name;
}

TEST(ContentType, does_not_mind_the_case) {
  EXPECT_EQ(http::content_type_of("P.PNG"), "image/png");
  EXPECT_EQ(http::content_type_of("A.HtMl"), "text/html; charset=utf-8");
}

TEST(ContentType, of_an_unknown_extension_is_that_of_mere_bytes) {
  for (const char* const name : {"", "README", "html", ".", "a.", "a.htmlx", "a.ht", "png.unknown",
                                 "a.webmanifestwebmanifest", "a.h\xc3\xa4"})
    EXPECT_EQ(http::content_type_of(name), "application/octet-stream") << name;
}

}  // namespace
