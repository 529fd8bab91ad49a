#include "gateway/explain.h"

#include <gtest/gtest.h>

#include "json/reader.h"

namespace omni::gateway {
namespace {

Config config() {
  std::vector<std::string> warnings;
  const EnvFile file{"/x/.env", {{"REQUIRE_API_KEY", "true"}}};
  return *read_config({{"--port", "7"}, {{"INITIAL_PASSWORD", "hunter2"}}, file}, warnings);
}

TEST(Explain, SaysOfEveryRowWhatHoldsAndWhoSaidSo) {
  const std::string text = explain(config());
  EXPECT_NE(text.find("PORT = 7\n    port to listen on (20128)\n    from: --port\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("    from: REQUIRE_API_KEY in /x/.env\n"), std::string::npos) << text;
  EXPECT_NE(text.find("INITIAL_PASSWORD = ***\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
}

TEST(Explain, SaysTheSameInJson) {
  const std::string text = explain_as_json(config());
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  json::Reader reader;
  std::size_t rows = 0;
  for (const json::Value row : reader.read(text).items()) {
    EXPECT_FALSE(row.at("help").text().empty());
    if (row.at("name").text() == "PORT") {
      EXPECT_EQ(row.at("value").text(), "7");
      EXPECT_EQ(row.at("source").text(), "--port");
      EXPECT_EQ(row.at("flag").text(), "--port");
    }
    ++rows;
  }
  EXPECT_TRUE(reader.finish());
  EXPECT_EQ(rows, options().size());
}

}  // namespace
}  // namespace omni::gateway
