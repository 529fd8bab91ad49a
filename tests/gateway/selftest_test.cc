// `omniroute selftest`: the binary tries itself.

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/strings.h"
#include "process.h"

namespace omni::gateway_test {
namespace {

// A release takes three seconds, and ten at most.  What tests are made with is slower.
constexpr std::chrono::seconds patience{60};

/// The selftest with a home and a temporary directory of its own.
class Selftest : public testing::Test {
 protected:
  Selftest() {
    for (const char* name : {"/home", "/tmp"})
      std::filesystem::create_directory(folder_.path() + name);
  }
  Process::Variables variables() const {
    return {"HOME=" + folder_.path() + "/home", "TMPDIR=" + folder_.path() + "/tmp",
            "DATA_DIR=" + folder_.path() + "/data"};
  }
  bool left_nothing() const {
    return std::filesystem::is_empty(folder_.path() + "/tmp") &&
           std::filesystem::is_empty(folder_.path() + "/home") &&
           !std::filesystem::exists(folder_.path() + "/data");
  }

  const Folder folder_;
};

TEST_F(Selftest, FindsThatAllWorksAndLeavesNothing) {
  const auto began = std::chrono::steady_clock::now();
  const Ending ending = run_omniroute({"selftest"}, variables());
  EXPECT_LT(std::chrono::steady_clock::now() - began, patience);
  EXPECT_EQ(ending.status, 0) << ending.out << ending.err;
  EXPECT_EQ(ending.err, "");
  EXPECT_EQ(ending.out.find("FAILED"), std::string::npos) << ending.out;
  for (const char* name : {"seal", "store", "gateway", "dialects", "streams", "pairs", "vectors",
                           "backup", "openapi"}) {
    EXPECT_NE(ending.out.find("ok      " + std::string(name) + " "), std::string::npos)
        << name << "\n"
        << ending.out;
  }
  EXPECT_TRUE(left_nothing());
}

TEST_F(Selftest, SaysItToProgramsInJson) {
  const Ending ending = run_omniroute({"selftest", "--json"}, variables());
  EXPECT_EQ(ending.status, 0) << ending.out;
  EXPECT_TRUE(ending.out.starts_with(R"({"version":")")) << ending.out;
  EXPECT_NE(ending.out.find(R"("ok":true,"checks":[{"name":"seal","ok":true,"says":")"),
            std::string::npos)
      << ending.out;
}

TEST_F(Selftest, TellsThatThereIsNoRoomForIt) {
  auto elsewhere = variables();
  elsewhere[1] = "TMPDIR=" + folder_.path() + "/nowhere";
  const Ending ending = run_omniroute({"selftest"}, elsewhere);
  EXPECT_EQ(ending.status, 1);
  EXPECT_TRUE(ending.out.starts_with("FAILED  folder ")) << ending.out;
  EXPECT_NE(ending.out.find("TMPDIR"), std::string::npos) << ending.out;
}

TEST_F(Selftest, TellsWhichCheckFails) {
  // No file may grow beyond four kilobytes, which no database can do with.
  Process limited(
      {"bash", "-c", "trap '' XFSZ; ulimit -f 4; exec \"$0\" selftest", OMNIROUTE_BINARY},
      variables());
  const Ending ending = limited.wait();
  EXPECT_EQ(ending.status, 1) << ending.out << ending.err;
  EXPECT_TRUE(ending.out.starts_with("ok      seal ")) << ending.out;
  EXPECT_NE(ending.out.find("FAILED  store "), std::string::npos) << ending.out;
  EXPECT_TRUE(left_nothing());
}

TEST_F(Selftest, RemovesItsFolderWhenItIsInterrupted) {
  Process process({OMNIROUTE_BINARY, "selftest"}, variables());
  EXPECT_TRUE(process.read_line().starts_with("ok ")) << "it has begun";
  EXPECT_FALSE(std::filesystem::is_empty(folder_.path() + "/tmp"));
  process.send(SIGTERM);
  const Ending ending = process.wait();
  EXPECT_EQ(ending.status, 1) << ending.out;
  EXPECT_NE(ending.out.find("interrupted"), std::string::npos) << ending.out;
  EXPECT_TRUE(left_nothing());
}

}  // namespace
}  // namespace omni::gateway_test
