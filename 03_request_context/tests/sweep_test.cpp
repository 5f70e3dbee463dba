// Fault sweeps over a connection and over a folder of files: each scenario with each fault.
#include "sweep.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "context_driver.hpp"
#include "http/folder.hpp"
#include "requests.hpp"
#include "scratch_folder.hpp"

namespace sweep_scenarios {

using sweep::Kind;

// What a client does on one connection, and whether all answers came, whole and in order.
struct Conversation {
  std::function<void(ContextDriver&)> play;
  std::function<bool(const ContextDriver&)> is_complete;
};

// An upload that is waited for, a pipeline, an answer that does not fit, a refusal, and the end.
const Conversation kUploadAndPipeline{
    [](ContextDriver& driver) {
      const std::string upload = post("/", std::string(20'000, 'b'), "Expect: 100-continue\r\n");
      const std::size_t head = upload.size() - 20'000;
      driver.exchange(upload.substr(0, head));
      driver.exchange(upload.substr(head));
      driver.exchange(get("/") + get("/") + post("/", "small") + "nonsense\r\n\r\n");
      driver.client.end();
      driver.exchange("");
    },
    [](const ContextDriver& driver) {
      const std::string& all = driver.client.received;
      return all.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n") &&
             all.contains(std::string(20'000, 'b').append("HTTP/1.1 200 OK\r\n")) &&
             all.contains("\r\n\r\nsmallHTTP/1.1 400 Bad Request\r\n") && all.ends_with(")\n") &&
             driver.client.ended;
    }};

// A body of unknown length, in chunks with extensions and a trailer, and a last request.
const Conversation kChunkedBody{
    [](ContextDriver& driver) {
      const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
      const std::string chunk = "1f40;a=b\r\n" + std::string(8000, 'c') + "\r\n";
      driver.exchange(head + chunk + "3");
      driver.exchange("\r\nend\r\n0\r\nTrailer: t\r\n\r\n" + get("/"));
      driver.client.end();
      driver.exchange("");
    },
    [](const ContextDriver& driver) {
      const std::string& all = driver.client.received;
      return all.starts_with("HTTP/1.1 200 OK\r\n") &&
             all.contains(std::string(8000, 'c') + "end") && driver.client.ended;
    }};

// Whatever happens, the connection comes to its end; with a harmless fault, after all answers.
void sweep_conversation(Kind kind, const Conversation& conversation) {
  const auto one_run = [&](sweep::Fault& fault) {
    ContextDriver driver(echo, {}, nullptr, Ends::local(4096));
    driver.fault = &fault;
    conversation.play(driver);
    EXPECT_FALSE(driver.is_open()) << "it waits for ever";
    const bool may_fail = fault.has_struck() && !fault.is_harmless();
    EXPECT_TRUE(may_fail || conversation.is_complete(driver)) << driver.client.received;
    ContextDriver next(echo);
    next.exchange(post("/", "body"));
    EXPECT_TRUE(next.client.received.ends_with("\r\n\r\nbody"));
  };
  EXPECT_GT(sweep::run(kind, one_run).points, 3u);
}

// A listing, and a file in pieces.
sys::Result<> read_a_folder() {
  static const ScratchFolder scratch;
  static const std::string path = [] {
    std::ofstream(scratch.file("page.txt")) << "a page in a file";
    return scratch.file("").string();
  }();
  const auto folder = http::Folder::open(path);
  SYS_TRY(folder);
  const auto root = folder->find({});
  SYS_TRY(root);
  const auto names = root->list(10);
  SYS_TRY(names);
  EXPECT_EQ(*names, std::vector<std::string>{"page.txt"});
  const auto entry = folder->find(*names);
  SYS_TRY(entry);
  const auto file = entry->open();
  SYS_TRY(file);
  std::array<std::byte, 100> buffer{};
  const auto size = http::read_at(file->get(), buffer, 2);
  SYS_TRY(size);
  EXPECT_EQ(*size, entry->size() - 2);
  return {};
}

// clang-format off
TEST(FaultSweep, an_upload_and_a_pipeline_survive_every_error_of_every_call) { sweep_conversation(Kind::error, kUploadAndPipeline); }
TEST(FaultSweep, a_chunked_body_survives_every_error_of_every_call) { sweep_conversation(Kind::error, kChunkedBody); }
TEST(FaultSweep, a_folder_survives_every_error_of_every_call) { sweep::survives(Kind::error, read_a_folder); }

TEST(ShortTransferSweep, of_an_upload_and_a_pipeline) { sweep_conversation(Kind::cut, kUploadAndPipeline); }
TEST(ShortTransferSweep, of_a_chunked_body) { sweep_conversation(Kind::cut, kChunkedBody); }
TEST(ShortTransferSweep, of_a_folder) { sweep::survives(Kind::cut, read_a_folder); }

TEST(AllocationSweep, of_an_upload_and_a_pipeline) { sweep_conversation(Kind::memory, kUploadAndPipeline); }
TEST(AllocationSweep, of_a_chunked_body) { sweep_conversation(Kind::memory, kChunkedBody); }
TEST(AllocationSweep, of_a_folder) { sweep::survives(Kind::memory, read_a_folder); }
// clang-format on

}  // namespace sweep_scenarios
