#include "dialect/gemini/path.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace omni::dialect::gemini {
namespace {

std::string read(std::string_view path) {
  const Result<Asked> asked = read_path(path);
  if (!asked) return std::string(name_of(asked.error().kind())) + ": " + asked.error().message();
  return asked->model + (asked->stream ? " stream" : "") + (asked->as_array ? " list" : "");
}

TEST(GeminiPath, SaysTheModelAndTheAction) {
  EXPECT_EQ(read("/v1beta/models/gemini-3-flash:generateContent"), "gemini-3-flash");
  EXPECT_EQ(read("/v1/models/gemini-3-flash:streamGenerateContent?alt=sse"),
            "gemini-3-flash stream");
  EXPECT_EQ(read("/v1beta/models/m:streamGenerateContent"), "m stream list");
  EXPECT_EQ(read("/v1beta/models/m:streamGenerateContent?key=x&alt=json"), "m stream list");
  EXPECT_EQ(read("/v1beta/models/m:streamGenerateContent?key=x&alt=sse"), "m stream");
  EXPECT_EQ(read("/v1beta/models/m:streamGenerateContent?$alt=sse"), "m stream");
  EXPECT_EQ(read("/v1beta/models/m:generateContent?alt=sse"), "m");
}

TEST(GeminiPath, TakesEveryPrefixThatClientsSend) {
  for (const std::string_view path :
       {"/models/m:generateContent", "/api/v1beta/models/m:generateContent",
        "/v1alpha/models/m:generateContent", "/v1/v1beta/models/m:generateContent",
        "/v1beta/publishers/google/models/m:generateContent", "v1beta/m:generateContent",
        "/v1/projects/p/locations/l/publishers/google/models/m:generateContent"})
    EXPECT_EQ(read(path), "m") << path;
}

TEST(GeminiPath, KeepsModelsWithSlashesAndColons) {
  EXPECT_EQ(read("/v1beta/nebius/Qwen/Qwen3:generateContent"), "nebius/Qwen/Qwen3");
  EXPECT_EQ(read("/v1beta/models/ollama/llama3:8b:generateContent"), "ollama/llama3:8b");
  EXPECT_EQ(read("/v1beta/models/nebius%2FQwen%3A1:generateContent"), "nebius/Qwen:1");
  EXPECT_EQ(read("/v1beta/models/m%3AgenerateContent"), "m");
  EXPECT_EQ(read("/v1beta/v0/v0-md:generateContent"), "v0/v0-md");
  EXPECT_EQ(read("/v1beta/v1x/large:generateContent"), "v1x/large");
  EXPECT_EQ(read("/v1beta/tunedModels/mine:generateContent"), "tunedModels/mine");
  EXPECT_EQ(read("/v1beta/models/100%:generateContent"), "100%");
}

TEST(GeminiPath, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(read("/v1beta/models/m:countTokens"), "not_found: Unknown action: countTokens");
  EXPECT_EQ(read("/v1beta/models/m"),
            "not_found: The path names no action, such as :generateContent");
  EXPECT_EQ(read(""), "not_found: The path names no action, such as :generateContent");
  EXPECT_EQ(read("/v1beta/models/:generateContent"), "bad_request: Missing model");
  EXPECT_EQ(read("/v1beta/models/a%FFb:generateContent"), "bad_request: Invalid model format");
  EXPECT_EQ(read("/v1beta/models/a%0Ab:generateContent"), "bad_request: Invalid model format");
}

TEST(GeminiPath, IsWrittenWithoutWhatAPathCannotHold) {
  EXPECT_EQ(path_of_reply("gemini-3-flash"), "/models/gemini-3-flash:generateContent");
  EXPECT_EQ(path_of_reply("models/m"), "/models/m:generateContent");
  EXPECT_EQ(path_of_stream("a/b c?d#e%\r\n"),
            "/models/a%2Fb%20c%3Fd%23e%25%0D%0A:streamGenerateContent?alt=sse");
}

TEST(GeminiPath, NeverLeavesTheOneSegmentOfTheModel) {
  EXPECT_EQ(path_of_reply("tunedModels/mine"), "/tunedModels/mine:generateContent");
  EXPECT_EQ(path_of_reply("../../v1/files"), "/models/..%2F..%2Fv1%2Ffiles:generateContent");
  EXPECT_EQ(path_of_reply("models/../x"), "/models/..%2Fx:generateContent");
  EXPECT_EQ(path_of_reply("tunedModels/../models/x"),
            "/tunedModels/..%2Fmodels%2Fx:generateContent");
  EXPECT_EQ(path_of_reply("models/.."), "/models/..:generateContent");
  EXPECT_EQ(path_of_reply("models/"), "/models/models%2F:generateContent");
  EXPECT_EQ(path_of_reply("a\\..\\b"), "/models/a%5C..%5Cb:generateContent");
  EXPECT_EQ(path_of_reply("m:countTokens?key=x#"),
            "/models/m:countTokens%3Fkey=x%23:generateContent");
}

}  // namespace
}  // namespace omni::dialect::gemini
