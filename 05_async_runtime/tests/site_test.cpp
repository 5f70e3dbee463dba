#include "support/site.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "../../02_epoll_module/tests/scratch_folder.hpp"
#include "http_rig.hpp"

namespace async::testing::site_test {

// A site, served. `target` may be a path or a whole URL.
class Site : public ::testing::Test {
 protected:
  // A request whose answer ends the connection.
  static std::string request(const std::string& method, const std::string& target,
                             const std::string& fields = "", const std::string& host = "a") {
    return method + ' ' + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" +
           fields + "\r\n";
  }
  // Begins to serve, unless it does already.
  virtual void serve() {
    const auto answer = [this](Exchange& exchange) { return site_.answer(exchange); };
    if (!served_) served_ = std::make_unique<Served>(answer);
  }
  std::string answer_to(const std::string& bytes) {
    serve();
    return served_->answer_to(bytes);
  }
  std::string ask(const std::string& method, const std::string& target,
                  const std::string& fields = "") {
    return answer_to(request(method, target, fields));
  }
  std::string get(const std::string& target, const std::string& fields = "") {
    return ask("GET", target, fields);
  }

  static std::string body(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
  }
  static std::string field(const std::string& answer, const std::string& name) {
    const std::size_t at = answer.find("\r\n" + name + ": ");
    if (at == answer.npos) return "(none)";
    const std::size_t begin = at + name.size() + 4;
    return answer.substr(begin, answer.find("\r\n", begin) - begin);
  }

  examples::Site site_;
  std::unique_ptr<Served> served_;
};

TEST_F(Site, streams_as_much_as_is_asked_for) {
  serve();
  EXPECT_GT(served_->asked(request("GET", "/stream?bytes=100000000")).count_all(), 100'000'000u);
  EXPECT_EQ(body(get("/stream?bytes=20")), "0123456789abcdef0123");
  EXPECT_EQ(body(get("/stream?bytes=0")), "");
  const std::string head = ask("HEAD", "/stream?bytes=12345");
  EXPECT_EQ(field(head, "Content-Length"), "12345");
  EXPECT_EQ(body(head), "");
  for (const char* const bad :
       {"/stream", "/stream?bytes=", "/stream?bytes=-1", "/stream?bytes=1x"})
    EXPECT_EQ(status_of(get(bad)), "400") << bad;
}

// A site with a folder of files, which are an hour old.
class SiteFiles : public Site {
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
  void serve() override {
    if (!served_) site_ = examples::Site::with_files(root_.string()).value();
    Site::serve();
  }

  const ScratchFolder scratch_;
  const std::filesystem::path root_ = scratch_.file("files");
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
  EXPECT_EQ(status_of(found), "200");
  EXPECT_EQ(field(found, "Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(field(found, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(body(found), inside);
  EXPECT_EQ(status_of(get("/files/empty")), "200");
  for (const char* const escape :
       {"/files/../secret", "/files/%2e%2e/secret", "/files/..%2fsecret", "/files/link",
        "/files/absolute", "/files//etc/hostname", "/files/%2fetc%2fhostname", "/files/.git/config",
        "/files/.git/", "/files/%2egit/config", "/files/nothing", "/files/a%20b.txt/",
        "/files/a%20b.txt/x"})
    EXPECT_EQ(status_of(get(escape)), "404") << escape;
  for (const char* const bad : {"/files/%zz", "/files/a%00b", "/files/%"})
    EXPECT_EQ(status_of(get(bad)), "400") << bad;
  EXPECT_EQ(status_of(ask("POST", "/files/a%20b.txt")), "405");
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
  EXPECT_EQ(status_of(get("/hello%3Fx")), "404");
}

TEST_F(SiteFiles, a_folder_without_its_slash_is_a_redirect_to_this_host) {
  write("sub dir/a.txt", "text");
  EXPECT_EQ(field(get("/files"), "Location"), "/files/");
  const std::string answer = get("/files/sub%20dir?x=1");
  EXPECT_EQ(status_of(answer), "301");
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
  EXPECT_EQ(status_of(list), "200");
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
      EXPECT_EQ(status_of(again), "304") << fields;
      EXPECT_EQ(field(again, "ETag"), etag);
      EXPECT_EQ(field(again, "Content-Length"), "(none)");
      EXPECT_EQ(body(again), "");
    }
  }
  EXPECT_EQ(status_of(get("/files/a.txt", "If-Match: \"other\"\r\n")), "412");
  write("a.txt", "text2");
  EXPECT_EQ(body(get("/files/a.txt", "If-None-Match: " + etag + "\r\n")), "text2");
}

TEST_F(SiteFiles, a_part_of_a_file_is_206) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += static_cast<char>('a' + i % 26);
  write("a.txt", text);
  const std::string middle = get("/files/a.txt", "Range: bytes=100-199999\r\n");
  EXPECT_EQ(status_of(middle), "206");
  EXPECT_EQ(field(middle, "Content-Range"), "bytes 100-199999/200000");
  EXPECT_EQ(field(middle, "Content-Length"), "199900");
  EXPECT_EQ(body(middle), text.substr(100));
  EXPECT_EQ(body(get("/files/a.txt", "Range: bytes=-3\r\n")), text.substr(199'997));
  EXPECT_EQ(body(get("/files/a.txt", "Range: bytes=70000-70001\r\n")), text.substr(70'000, 2));
  const std::string behind = get("/files/a.txt", "Range: bytes=200000-\r\n");
  EXPECT_EQ(status_of(behind), "416");
  EXPECT_EQ(field(behind, "Content-Range"), "bytes */200000");
  for (const char* const ignored : {"Range: bytes=0-0,5-5\r\n", "Range: lines=1-2\r\n"})
    EXPECT_EQ(status_of(get("/files/a.txt", ignored)), "200") << ignored;
  const std::string head = ask("HEAD", "/files/a.txt", "Range: bytes=0-0\r\n");
  EXPECT_EQ(status_of(head), "200");
  EXPECT_EQ(field(head, "Content-Length"), "200000");
}

TEST_F(SiteFiles, a_download_is_continued_only_where_the_file_is_the_same) {
  write("a.txt", "one version");
  const std::string etag = field(get("/files/a.txt"), "ETag");
  const std::string set_continuation = "Range: bytes=4-\r\nIf-Range: " + etag + "\r\n";
  EXPECT_EQ(body(get("/files/a.txt", set_continuation)), "version");
  write("a.txt", "another version");
  const std::string anew = get("/files/a.txt", set_continuation);
  EXPECT_EQ(status_of(anew), "200");
  EXPECT_EQ(body(anew), "another version");
}

TEST_F(SiteFiles, that_grow_are_sent_as_they_were_when_they_were_opened) {
  constexpr std::size_t kSize = 16'000'000;  // more than all buffers on the way hold
  write("app.log", std::string(kSize, 'x'));
  serve();
  const auto client = served_->asked(request("GET", "/files/app.log"));
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_EQ(field(head, "Content-Length"), "16000000");
  std::ofstream(root_ / "app.log", std::ios::app) << "one more line of the log\n";
  EXPECT_EQ(body(head).size() + client.count_all(), kSize);
}

TEST_F(SiteFiles, that_shrink_break_the_connection_off) {
  constexpr std::size_t kSize = 200'000'000;
  write("a", "");
  std::filesystem::resize_file(root_ / "a", kSize);
  serve();
  const auto client = served_->asked(request("GET", "/files/a"));
  const std::string head = client.read_until("\r\n\r\n");
  std::filesystem::resize_file(root_ / "a", 10);
  EXPECT_LT(body(head).size() + client.count_all(), kSize);
}

TEST_F(SiteFiles, of_a_folder_that_was_built_again_are_the_new_ones) {
  write("a.txt", "old");
  EXPECT_EQ(body(get("/files/a.txt")), "old");
  std::filesystem::remove_all(root_);
  EXPECT_EQ(status_of(get("/files/a.txt")), "503") << "it may be back in a moment";
  write("a.txt", "new");
  EXPECT_EQ(body(get("/files/a.txt")), "new");
}

TEST_F(SiteFiles, that_are_no_regular_files_are_not_found_and_a_fifo_is_not_opened) {
  write("a.txt", "");
  ASSERT_EQ(::mkfifo((root_ / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(status_of(get("/files/fifo")), "404");
}

TEST_F(SiteFiles, that_this_user_may_not_read_are_403) {
  write("a.txt", "text");
  std::filesystem::permissions(root_ / "a.txt", std::filesystem::perms::none);
  const auto expected = ::geteuid() == 0 ? "200" : "403";  // root may read everything
  EXPECT_EQ(status_of(get("/files/a.txt")), expected);
}

// DNS rebinding: allowed_hosts.hpp.
TEST_F(Site, answers_to_its_own_names_only_once_it_is_given_them) {
  site_.allow_only(http::AllowedHosts({"www.example.com"}));
  for (const auto& [host, status] :
       {std::pair("localhost:8080", "200"), std::pair("127.0.0.1", "200"),
        std::pair("www.example.com", "200"), std::pair("evil.example", "421")})
    EXPECT_EQ(status_of(answer_to(request("GET", "/hello", "", host))), status) << host;
}

TEST_F(Site, the_echo_says_which_methods_it_knows) {
  const std::string answer = ask("PUT", "/echo");
  EXPECT_EQ(status_of(answer), "405");
  EXPECT_EQ(field(answer, "Allow"), "GET, HEAD, POST");
}

TEST_F(Site, echoes_a_body_of_any_bytes) {
  std::string bytes;
  for (int i = 0; i < 300'000; ++i) bytes += static_cast<char>(i * 7);
  const auto head = request("POST", "/echo", "Content-Length: 300000\r\n");
  EXPECT_EQ(body(answer_to(head + bytes)), bytes);
}

}  // namespace async::testing::site_test
