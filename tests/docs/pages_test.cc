// Every page for readers: its commands, one after the other.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

#include "blocks.h"
#include "net/fd.h"
#include "process.h"

namespace omni::docs_test {
namespace {

namespace fs = std::filesystem;
using gateway_test::Ending;
using gateway_test::Folder;
using gateway_test::Process;

const std::string source = OMNI_SOURCE_DIR;

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// From the root of the tree.
std::vector<std::string> pages() {
  std::vector<std::string> found{"README.md", "CONTRIBUTING.md"};
  for (const auto& entry : fs::recursive_directory_iterator(source + "/docs")) {
    if (entry.path().extension() == ".md") {
      found.push_back(fs::relative(entry.path(), source).string());
    }
  }
  std::erase_if(
      found, [](const std::string& page) { return blocks_of(read(source + "/" + page)).empty(); });
  std::ranges::sort(found);
  return found;
}

/// A program of the name that does what the lines say.
void put_program(const std::string& folder, const std::string& name, const std::string& lines) {
  const std::string path = folder + "/" + name;
  std::ofstream(path) << "#!/bin/bash\n" << lines;
  fs::permissions(path, fs::perms::owner_all);
}

/// One that nobody listens on.
std::string free_port() {
  const net::Fd fd(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ::bind(fd.number(), reinterpret_cast<const sockaddr*>(&address), length);
  ::getsockname(fd.number(), reinterpret_cast<sockaddr*>(&address), &length);
  return std::to_string(ntohs(address.sin_port));
}

std::string port_in(const std::string& line) { return line.substr(line.rfind(':') + 1); }

/// Where a page's commands run: a home, a mock and a gateway.
class Desk {
 public:
  Desk() : mock_({OMNIROUTE_BINARY, "mock", "--port", "0"}) {
    mock_port_ = port_in(mock_.read_line());
    for (const char* folder : {"/bin", "/home", "/desk", "/data", "/data/catalog.d"}) {
      fs::create_directory(folder_.path() + folder);
    }
    fs::permissions(folder_.path() + "/data", fs::perms::owner_all);
    put_providers();
    gateway_.emplace(std::vector<std::string>{OMNIROUTE_BINARY, "serve", "--port", "0"},
                     variables());
    port_ = port_in(gateway_->read_line());
    if (port_.empty()) throw std::runtime_error("no gateway: " + gateway_->wait().err);
    put_programs();
  }

  void run(const Block& block) {
    if (!block.first.empty()) succeed(block.first);
    std::string commands = block.commands;
    for (const auto& [word, meaning] : block.words) {
      std::string value = succeed(meaning);
      while (value.ends_with('\n')) value.pop_back();
      EXPECT_FALSE(value.empty()) << word << " is nothing";
      commands = with_word(commands, word, value);
    }
    succeed(commands);
  }

 private:
  Process::Variables variables() const {
    const std::string nowhere = "http://127.0.0.1:" + mock_port_;
    return {"HOME=" + folder_.path() + "/home",
            "DATA_DIR=" + folder_.path() + "/data",
            "MOCK=" + nowhere,
            "ALL_PROXY=" + nowhere,  // which refuses
            "HTTPS_PROXY=" + nowhere,
            "NO_PROXY=127.0.0.1,localhost"};
  }

  void put_programs() {
    const std::string bin = folder_.path() + "/bin";
    put_program(bin, "omniroute",
                "[ \"$1\" != serve ] || set -- serve --check \"${@:2}\"\n"
                "exec '" OMNIROUTE_BINARY "' \"$@\"\n");
    put_program(bin, "make", "exec /usr/bin/make --dry-run -C '" + source + "' \"$@\"\n");
    put_program(bin, "curl",
                "ask() { /usr/bin/curl --silent --show-error --fail-with-body \"$@\"; }\n"
                "case \" $* \" in\n"
                "  *' -N '*) ask --max-time 2 \"$@\" || [ $? = 28 ] ;;\n"  // its time is over
                "  *) ask --retry 5 --retry-connrefused \"$@\" ;;\n"
                "esac\n");
    put_program(
        bin, "first-id",
        "curl \"localhost:" + port_ + "$1\" | sed 's/.*[{]\"id\":\"\\([^\"]*\\)\".*/\\1/'\n");
  }

  /// Known providers at the mock's address, so that pages may name them.
  void put_providers() {
    using Endpoints = std::vector<std::string>;
    for (const auto& [id, dialects] : std::vector<std::pair<std::string, Endpoints>>{
             {"anthropic", {"anthropic"}},
             {"groq", {"openai_chat"}},
             {"openai", {"openai_chat", "openai_responses"}}}) {
      std::string endpoints;
      for (const std::string& dialect : dialects) {
        endpoints.append(endpoints.empty() ? "\"" : ",\"").append(dialect);
        endpoints.append("\":\"http://127.0.0.1:").append(mock_port_).append("/v1\"");
      }
      std::ofstream(folder_.path() + "/data/catalog.d/" + id + ".json")
          << R"({"id":")" << id << R"(","private_address":true,"endpoints":{)" << endpoints << "}}";
    }
    std::ofstream(folder_.path() + "/data/catalog.d/deepgram.json")
        << R"({"id":"deepgram","private_address":true,"transcriptions":{"form":"deepgram",)"
        << R"("base":"http://127.0.0.1:)" << mock_port_ << R"(/v1"}})";
  }

  /// What the commands print, which must all be good.
  std::string succeed(const std::string& commands) {
    std::string lines = "cd '" + folder_.path() + "/desk'\nPATH='" + folder_.path() +
                        "/bin':$PATH\ntrap 'kill $(jobs -p) 2>/dev/null || :' EXIT\n" + commands;
    lines = with_word(with_word(std::move(lines), "20128", port_), "20200", other_port_);
    const Ending ending =
        Process({"bash", "-e", "-o", "pipefail", "-c", lines}, variables()).wait();
    EXPECT_EQ(ending.status, 0) << commands << ending.out << ending.err;
    return ending.out;
  }

  const Folder folder_;
  Process mock_;
  std::string mock_port_, port_;
  std::string other_port_ = free_port();
  std::optional<Process> gateway_;
};

class Page : public testing::TestWithParam<std::string> {};

TEST_P(Page, SaysNoCommandThatFails) {
  const std::vector<Block> blocks = blocks_of(read(source + "/" + GetParam()));
  Desk desk;
  for (const Block& block : blocks) {
    SCOPED_TRACE(GetParam() + ":" + std::to_string(block.line));
    if (block.why_skipped.empty()) desk.run(block);
  }
}

std::string name_of_page(const testing::TestParamInfo<std::string>& page) {
  std::string name = page.param;
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Docs, Page, testing::ValuesIn(pages()), name_of_page);

}  // namespace
}  // namespace omni::docs_test
