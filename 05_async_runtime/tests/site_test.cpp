#include "async/http/site.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "../../02_epoll_module/tests/scratch_folder.hpp"
#include "http_rig.hpp"

namespace async::testing {
namespace {

TEST(Site, streams_as_much_as_is_asked_for) {
  Site site;
  Served served([&](Exchange& exchange) { return site.answer(exchange); });
  const auto ask = [&](const std::string& target, const std::string& method = "GET") {
    return served.asked(method + ' ' + target +
                        " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  };
  EXPECT_GT(ask("/stream?bytes=100000000").count_all(), 100'000'000u);
  EXPECT_TRUE(ask("/stream?bytes=20").read_all().ends_with("\r\n\r\n0123456789abcdef0123"));
  EXPECT_TRUE(ask("/stream?bytes=0").read_all().ends_with("\r\n\r\n"));
  const std::string head = ask("/stream?bytes=12345", "HEAD").read_all();
  EXPECT_TRUE(head.contains("Content-Length: 12345\r\n"));
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  for (const char* const bad :
       {"/stream", "/stream?bytes=", "/stream?bytes=-1", "/stream?bytes=1x"})
    EXPECT_TRUE(ask(bad).read_all().starts_with("HTTP/1.1 400 ")) << bad;
}

// A site with a folder of files, which are an hour old.
class SiteFiles : public ::testing::Test {
 protected:
  SiteFiles() { std::filesystem::create_directory(root_); }

  // Before the first request.
  void write(const std::string& name, std::string_view text) const {
    const auto path = root_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    const auto an_hour_ago = std::filesystem::last_write_time(path) - 1h;
    std::filesystem::last_write_time(path, an_hour_ago);
  }
  std::string ask(const std::string& method, const std::string& target,
                  const std::string& fields = "") {
    if (!served_) serve();
    return served_->answer_to(method + ' ' + target +
                              " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + fields + "\r\n");
  }
  std::string get(const std::string& target, const std::string& fields = "") {
    return ask("GET", target, fields);
  }
  void serve() {
    site_ = Site::with_files(root_.string()).value();
    const auto answer = [this](Exchange& exchange) { return site_.answer(exchange); };
    served_ = std::make_unique<Served>(answer);
  }

  static std::string status(const std::string& answer) { return answer.substr(9, 3); }
  static std::string body(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
  }
  static std::string field(const std::string& answer, const std::string& name) {
    const std::size_t at = answer.find("\r\n" + name + ": ");
    if (at == answer.npos) return "(none)";
    const std::size_t begin = at + name.size() + 4;
    return answer.substr(begin, answer.find("\r\n", begin) - begin);
  }

  const ScratchFolder scratch_;
  const std::filesystem::path root_ = scratch_.file("files");
  Site site_;
  std::unique_ptr<Served> served_;
};

TEST_F(SiteFiles, are_served_whole_and_none_from_outside_their_folder) {
  const std::string inside(200'000, 'x');
  write("a b.txt", inside);
  write("../secret", "secret");
  write(".git/config", "secret");
  write("empty", "");
  std::filesystem::create_symlink("../secret", root_ / "link");
  std::filesystem::create_symlink(scratch_.file("secret"), root_ / "absolute");
  const std::string found = get("/files/a%20b.txt");
  EXPECT_EQ(status(found), "200");
  EXPECT_EQ(field(found, "Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(field(found, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(body(found), inside);
  EXPECT_EQ(status(get("/files/empty")), "200");
  for (const char* const escape :
       {"/files/../secret", "/files/%2e%2e/secret", "/files/..%2fsecret", "/files/link",
        "/files/absolute", "/files//etc/hostname", "/files/%2fetc%2fhostname", "/files/.git/config",
        "/files/.git/", "/files/%2egit/config", "/files/nothing", "/files/a%20b.txt/",
        "/files/a%20b.txt/x"})
    EXPECT_EQ(status(get(escape)), "404") << escape;
  for (const char* const bad : {"/files/%zz", "/files/a%00b", "/files/%"})
    EXPECT_EQ(status(get(bad)), "400") << bad;
  EXPECT_EQ(status(ask("POST", "/files/a%20b.txt")), "405");
}

TEST_F(SiteFiles, have_one_path_however_it_is_written) {
  write("sub/a.txt", "text");
  for (const char* const same :
       {"/files/sub/a.txt", "//files/sub/a.txt", "/files//sub///a.txt", "/%66iles/sub/a.txt",
        "/files/./sub/a.txt", "/files/other/../sub/%61.txt", "/files/sub/a.txt?v=1",
        "http://a/files/sub/a.txt"})
    EXPECT_EQ(body(get(same)), "text") << same;
  for (const char* const hello : {"/hello", "//hello", "/%68ello", "/files/../hello"})
    EXPECT_EQ(body(get(hello)), "Hello! I am an epoll server.") << hello;
  EXPECT_EQ(status(get("/hello%3Fx")), "404");
}

TEST_F(SiteFiles, a_folder_without_its_slash_is_a_redirect_to_this_host) {
  write("sub dir/a.txt", "text");
  EXPECT_EQ(field(get("/files"), "Location"), "/files/");
  const std::string answer = get("/files/sub%20dir?x=1");
  EXPECT_EQ(status(answer), "301");
  EXPECT_EQ(field(answer, "Location"), "/files/sub%20dir/");
  EXPECT_EQ(field(get("//files//sub%20dir"), "Location"), "/files/sub%20dir/");
}

TEST_F(SiteFiles, a_folder_shows_its_index_or_else_what_is_in_it) {
  write("with/index.html", "<p>index</p>");
  write("without/<b>&.txt", "");
  write("without/sub/c.txt", "");
  write("without/.hidden", "");
  const std::string index = get("/files/with/");
  EXPECT_EQ(field(index, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(body(index), "<p>index</p>");
  const std::string list = get("/files/without/");
  EXPECT_EQ(status(list), "200");
  EXPECT_EQ(field(list, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_TRUE(list.contains("<a href=\"./%3Cb%3E%26.txt\">&lt;b&gt;&amp;.txt</a>")) << list;
  EXPECT_TRUE(list.contains("<a href=\"./sub/\">sub/</a>")) << list;
  EXPECT_TRUE(list.contains("<a href=\"../\">")) << list;
  EXPECT_FALSE(list.contains("hidden")) << list;
  const std::string head = ask("HEAD", "/files/without/");
  EXPECT_EQ(field(head, "Content-Length"), field(list, "Content-Length"));
  EXPECT_EQ(body(head), "");
}

TEST_F(SiteFiles, a_client_that_has_this_version_gets_304) {
  write("a.txt", "text");
  const std::string first = get("/files/a.txt");
  const std::string etag = field(first, "ETag");
  const std::string date = field(first, "Last-Modified");
  EXPECT_TRUE(etag.starts_with('"')) << etag;
  EXPECT_EQ(field(first, "Accept-Ranges"), "bytes");
  for (const std::string& fields :
       {"If-None-Match: " + etag + "\r\n", "If-Modified-Since: " + date + "\r\n"}) {
    for (const char* const method : {"GET", "HEAD"}) {
      const std::string again = ask(method, "/files/a.txt", fields);
      EXPECT_EQ(status(again), "304") << fields;
      EXPECT_EQ(field(again, "ETag"), etag);
      EXPECT_EQ(field(again, "Content-Length"), "(none)");
      EXPECT_EQ(body(again), "");
    }
  }
  EXPECT_EQ(status(get("/files/a.txt", "If-Match: \"other\"\r\n")), "412");
  write("a.txt", "text2");
  EXPECT_EQ(body(get("/files/a.txt", "If-None-Match: " + etag + "\r\n")), "text2");
}

TEST_F(SiteFiles, a_part_of_a_file_is_206) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += static_cast<char>('a' + i % 26);
  write("a.txt", text);
  const std::string middle = get("/files/a.txt", "Range: bytes=100-199999\r\n");
  EXPECT_EQ(status(middle), "206");
  EXPECT_EQ(field(middle, "Content-Range"), "bytes 100-199999/200000");
  EXPECT_EQ(field(middle, "Content-Length"), "199900");
  EXPECT_EQ(body(middle), text.substr(100));
  EXPECT_EQ(body(get("/files/a.txt", "Range: bytes=-3\r\n")), text.substr(199'997));
  EXPECT_EQ(body(get("/files/a.txt", "Range: bytes=70000-70001\r\n")), text.substr(70'000, 2));
  const std::string behind = get("/files/a.txt", "Range: bytes=200000-\r\n");
  EXPECT_EQ(status(behind), "416");
  EXPECT_EQ(field(behind, "Content-Range"), "bytes */200000");
  for (const char* const ignored : {"Range: bytes=0-0,5-5\r\n", "Range: lines=1-2\r\n"})
    EXPECT_EQ(status(get("/files/a.txt", ignored)), "200") << ignored;
  const std::string head = ask("HEAD", "/files/a.txt", "Range: bytes=0-0\r\n");
  EXPECT_EQ(status(head), "200");
  EXPECT_EQ(field(head, "Content-Length"), "200000");
}

TEST_F(SiteFiles, a_download_goes_on_only_where_the_file_is_the_same) {
  write("a.txt", "one version");
  const std::string etag = field(get("/files/a.txt"), "ETag");
  const std::string set_continuation = "Range: bytes=4-\r\nIf-Range: " + etag + "\r\n";
  EXPECT_EQ(body(get("/files/a.txt", set_continuation)), "version");
  write("a.txt", "another version");
  const std::string anew = get("/files/a.txt", set_continuation);
  EXPECT_EQ(status(anew), "200");
  EXPECT_EQ(body(anew), "another version");
}

TEST_F(SiteFiles, that_grow_are_sent_as_they_were_when_they_were_opened) {
  constexpr std::size_t kSize = 16'000'000;  // more than all buffers on the way hold
  write("app.log", std::string(kSize, 'x'));
  serve();
  const auto client =
      served_->asked("GET /files/app.log HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_TRUE(head.contains("Content-Length: 16000000\r\n"));
  std::ofstream(root_ / "app.log", std::ios::app) << "one more line of the log\n";
  EXPECT_EQ(body(head).size() + client.count_all(), kSize);
}

TEST_F(SiteFiles, that_shrink_break_the_connection_off) {
  constexpr std::size_t kSize = 200'000'000;
  write("a", "");
  std::filesystem::resize_file(root_ / "a", kSize);
  serve();
  const auto client = served_->asked("GET /files/a HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string head = client.read_until("\r\n\r\n");
  std::filesystem::resize_file(root_ / "a", 10);
  EXPECT_LT(body(head).size() + client.count_all(), kSize);
}

TEST_F(SiteFiles, of_a_folder_that_was_built_again_are_the_new_ones) {
  write("a.txt", "old");
  EXPECT_EQ(body(get("/files/a.txt")), "old");
  std::filesystem::remove_all(root_);
  EXPECT_EQ(status(get("/files/a.txt")), "503") << "it may be back in a moment";
  write("a.txt", "new");
  EXPECT_EQ(body(get("/files/a.txt")), "new");
}

TEST_F(SiteFiles, that_are_none_are_not_found_and_a_fifo_is_not_opened) {
  write("a.txt", "");
  ASSERT_EQ(::mkfifo((root_ / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(status(get("/files/fifo")), "404");
}

TEST_F(SiteFiles, that_this_user_may_not_read_are_403) {
  write("a.txt", "text");
  if (::geteuid() == 0) {
    std::filesystem::permissions(root_ / "a.txt", std::filesystem::perms::none);
    EXPECT_EQ(body(get("/files/a.txt")), "text") << "root may read everything";
  } else {
    std::filesystem::permissions(root_ / "a.txt", std::filesystem::perms::none);
    EXPECT_EQ(status(get("/files/a.txt")), "403");
  }
}

// DNS rebinding: allowed_hosts.hpp.
TEST(Site, answers_to_its_own_names_only_once_it_is_told_them) {
  Site site;
  site.allow_only(http::AllowedHosts({"www.example.com"}));
  Served served([&](Exchange& exchange) { return site.answer(exchange); });
  const auto ask = [&](const std::string& host) {
    return served
        .answer_to("GET /hello HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
        .substr(9, 3);
  };
  EXPECT_EQ(ask("localhost:8080"), "200");
  EXPECT_EQ(ask("127.0.0.1"), "200");
  EXPECT_EQ(ask("www.example.com"), "200");
  EXPECT_EQ(ask("evil.example"), "421");
}

TEST(Site, the_echo_says_which_methods_it_knows) {
  Site site;
  Served served([&](Exchange& exchange) { return site.answer(exchange); });
  const std::string answer =
      served.answer_to("PUT /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 ")) << answer;
  EXPECT_TRUE(answer.contains("\r\nAllow: GET, HEAD, POST\r\n")) << answer;
}

TEST(Site, echoes_a_body_of_any_bytes) {
  Site site;
  Served served([&](Exchange& exchange) { return site.answer(exchange); });
  std::string body;
  for (int i = 0; i < 300'000; ++i) body += static_cast<char>(i * 7);
  const std::string answer = served.answer_to(
      "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: "
      "close\r\nContent-Length: 300000\r\n\r\n" +
      body);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + body));
}

}  // namespace
}  // namespace async::testing
