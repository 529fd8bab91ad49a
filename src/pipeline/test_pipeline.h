#pragma once

// What the tests of requests share: a gateway as far as the pipeline goes, before a provider that
// answers as it was told.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "identity/gate.h"
#include "identity/key_text.h"
#include "meter/watch.h"
#include "pipeline/chat.h"
#include "pipeline/count_tokens.h"
#include "store/test_folder.h"
#include "upstream/test_provider.h"

namespace omni::pipeline::testing {

enum class Mode : bool { whole, stream };

struct TestAnswer {
  int status = 0;
  std::string head, body;  // the body without its chunks

  /// The value of a field; empty where there is none.
  std::string field(std::string_view name) const;
  bool says(std::string_view text) const { return body.find(text) != std::string::npos; }
};

/// Of all bytes of an answer.
TestAnswer parse_answer(const std::string& bytes);

/// What a client understands of an answer.
struct Heard {
  std::string text;
  std::vector<chat::ToolCall> calls;
  std::optional<chat::Usage> usage;
  std::optional<chat::Failure> failure;
};
Heard hear(chat::Dialect client, const TestAnswer& answer);

/// A provider that says "Hi" in its dialect, nine tokens in and two out.
upstream::testing::Reply hi(chat::Dialect provider, Mode mode);
/// The beginning of it, up to and with the word.
std::string half_of_hi(chat::Dialect provider);
/// "ch", "re", "an", "ge", "ol"
std::string provider_of(chat::Dialect dialect);

struct Ask {
  std::string path, body;
  std::string fields = {};  // whole lines, with their ends
  std::string method = "POST";

  std::string bytes() const;
};

/// The providers `ch`, `re`, `an`, `ge` and `ol` speak one dialect each, in the order of Chat,
/// Responses, Anthropic, Gemini and Ollama; all of them are `provider_`.  Each lists the model `m`,
/// at a dollar for a million tokens that go in and two for those that come out.  `oa`, of OpenAI's
/// kind, `dg`, a Deepgram, and `aa`, an AssemblyAI, list the model `ear`, which writes recordings
/// down at six dollars for a thousand minutes.
class PipelineTest : public ::testing::Test {
 protected:
  PipelineTest();
  ~PipelineTest() override;

  /// With other times than the usual; before the first request.
  void start(const net::CallTimes& times, Millis heartbeat);
  /// An account at a provider, called like its key; the later ones are asked later.
  void connect(std::string provider, std::string key);
  /// "sk-NAME"
  void add_key(std::string name, const std::function<void(store::ApiKey&)>& change = {});
  /// `data` as the table has it.
  void add_combo(const std::string& name, const std::string& data);
  /// By the whole name of its row.
  void set(std::string_view name, const std::function<void(store::Settings&)>& change);
  void write(const store::Database::Work& work) { EXPECT_TRUE(store_->database().write_now(work)); }
  void advance(Millis by);

  TestAnswer ask(const Ask& ask);
  /// Of a turn that says "Hi" in that dialect.
  TestAnswer ask(chat::Dialect client, std::string_view model, Mode mode = Mode::whole);
  static Ask turn(chat::Dialect client, std::string_view model, Mode mode = Mode::whole);
  /// Of temperature 0 and 99 tokens at most.
  static Ask cold(chat::Dialect client, Mode mode = Mode::whole, std::string_view model = "ch/m");
  /// With that said besides.
  static Ask saying(Ask ask, std::string_view member);
  /// With the key of that name.
  static Ask by(const char* name, Ask ask);
  net::testing::RawClient begin(const Ask& ask);
  /// The first column of all rows of usage, with blanks between, once `rows` are there.
  std::string usage(const std::string& column, std::size_t rows = 1);
  /// The same of calls.
  std::string calls(const std::string& column, std::size_t rows = 1);
  /// Of the request `r-1`, as every one is called that does not say another name.
  std::string trace() { return traces_.find("r-1").value_or("none"); }
  std::uint16_t port() const { return server_->port(); }
  Parts parts();

  upstream::testing::Provider provider_;
  store::TestFolder folder_;
  ManualClock clock_{*parse_iso8601("2026-03-01T10:00:00Z")};
  SystemRandom random_;
  net::testing::World world_;
  route::ComboMemory memory_;
  std::unique_ptr<Views> views_;
  identity::Gate gate_{{}, clock_};
  account::Accounts accounts_{clock_, random_};
  account::Breakers breakers_{clock_};
  account::Sessions sessions_{clock_};
  adapt::SealMemory seals_{clock_, {}};
  ItemMemory items_{clock_, {}};
  recall::Recall recall_{clock_, {}};
  net::Workers workers_{1};
  Traces traces_;
  meter::Watch watch_{clock_};
  meter::Budgets budgets_{clock_, world_.log};
  std::unique_ptr<store::ConfigStore> store_;
  std::unique_ptr<store::Database> usage_database_;
  std::unique_ptr<store::UsageLog> usage_;
  std::unique_ptr<store::BodyLog> bodies_;
  std::unique_ptr<net::ClientTls> tls_;
  std::unique_ptr<upstream::Upstream> upstream_;
  std::unique_ptr<account::Refresher> refresher_;
  std::unique_ptr<Chat> chat_;
  std::unique_ptr<CountTokens> count_tokens_;
  std::unique_ptr<net::Router> router_;
  std::unique_ptr<net::testing::TestServer> server_;
  Millis heartbeat_{15'000};
  Millis progress_{2'000};  // of those that `start` makes, like the next
  Millis patience_{60'000};
  upstream::Polling polling_{.pause = Millis{1}, .time_max = Millis{10'000}};
  /// What is done with a request to /explain, besides its answer.
  std::function<void(net::Exchange&)> explained_;

 private:
  std::string select(const std::string& statement);
  void open_usage();
  std::vector<net::Route> routes();
};

}  // namespace omni::pipeline::testing
