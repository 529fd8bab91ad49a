// The ways to have a recording written down, each at a provider that refuses what the real one
// refuses.
#include "upstream/transcription.h"

#include <gtest/gtest.h>

#include "upstream/special/assemblyai.h"
#include "upstream/test_audio.h"

namespace omni::upstream {
namespace {

using account::Account;
using catalog::Auth;
using catalog::TranscriptionForm;
using dialect::TranscriptionRequest;
using testing::Provider;
using Format = TranscriptionRequest::Format;

class TranscriptionTest : public ::testing::Test {
 protected:
  TranscriptionTest() {
    provider_.id = "ears";
    provider_.private_address = true;
    connection_.api_key = Secret("sk-1");
    request_.model = "m";
    request_.file_name = "a.mp3";
    start({.pause = Millis{1}, .time_max = Millis{10'000}});
    world_.run([&]() -> net::Task<> { EXPECT_TRUE(co_await recording_.add("RIFF")); });
  }
  void start(const Polling& polling) {
    upstream_.reset();
    upstream_ = std::make_unique<Upstream>(
        world_.loops, *tls_, clock_, Upstream::Options{.user_agent = "omni/1", .polling = polling});
  }
  void be_openai() {
    provider_.endpoints = {{.dialect = chat::Dialect::openai_chat, .base = fake_.url() + "/v1"}};
    fake_.play_by(testing::openai_audio);
  }
  void be_deepgram() {
    provider_.auth = {.scheme = Auth::Scheme::field, .name = "authorization", .prefix = "Token "};
    provider_.transcriptions = {TranscriptionForm::deepgram, fake_.url() + "/v1"};
    fake_.play_by(testing::deepgram);
  }
  testing::Assemblyai& be_assemblyai(std::size_t done_at = 2) {
    provider_.auth = {.scheme = Auth::Scheme::field, .name = "authorization", .prefix = {}};
    provider_.transcriptions = {TranscriptionForm::assemblyai, fake_.url() + "/v2"};
    assemblyai_.finish_at(done_at);
    fake_.play_by([this](const testing::Asked& asked) { return assemblyai_(asked); });
    return assemblyai_;
  }
  net::Task<std::string> listen() {
    const Account account = account::prepare(provider_, &connection_, {});
    const account::Base* const base = transcription_base(account);
    if (base == nullptr) co_return "nobody listens";
    auto answer = co_await ask_for_transcript(*upstream_, {.account = &account, .base = base},
                                              {&request_, &recording_}, "b0undary");
    if (!answer) {
      error_code_ = answer.error().code();
      co_return "error: " + answer.error().message();
    }
    Result<std::string> body = co_await net::read_all((*answer)->body(), 1 << 20);
    if (!body) co_return "broken: " + body.error().message();
    if ((*answer)->status() != 200) {
      co_return std::to_string((*answer)->status()) + " " + *body;
    }
    auto reply = read_transcript(provider_, (*answer)->field("content-type"), *std::move(body),
                                 request_);
    if (!reply) co_return "unreadable: " + reply.error().message();
    usage_ = std::move(reply->usage);
    co_return reply->body;
  }
  /// What the client is told.
  std::string heard() {
    std::string told;
    world_.run([&]() -> net::Task<> { told = co_await listen(); });
    return told;
  }

  testing::Assemblyai assemblyai_;
  Provider fake_;
  net::testing::World world_;
  SystemClock clock_;
  net::Workers workers_{1};
  net::Spool recording_{workers_, ::testing::TempDir()};
  std::unique_ptr<net::ClientTls> tls_ = *net::ClientTls::make({});
  std::unique_ptr<Upstream> upstream_;
  catalog::Provider provider_;
  store::Connection connection_{.id = "c", .provider = "ears"};
  TranscriptionRequest request_;
  std::optional<chat::Usage> usage_;
  std::string error_code_;
};

constexpr std::string_view good_morning =
    R"({"text":"Good morning.","task":"transcribe","language":"en","duration":1.5})";

TEST_F(TranscriptionTest, GivesOpenaisKinAFormAsTheClientsWas) {
  be_openai();
  EXPECT_TRUE(add_field("prompt", "Morning?", request_));
  EXPECT_TRUE(add_field("language", "en", request_));
  EXPECT_EQ(heard(),
            R"({"text":"Good morning.","task":"transcribe","language":"en","duration":0})");
  const testing::Asked asked = fake_.last_asked();
  EXPECT_EQ(asked.target, "/v1/audio/transcriptions");
  EXPECT_EQ(asked.field("authorization"), "Bearer sk-1");
  EXPECT_EQ(asked.field("content-type"), "multipart/form-data; boundary=b0undary");
  EXPECT_EQ(asked.field("content-length"), std::to_string(asked.body.size()));
  const testing::Form form = testing::read_form(asked);
  ASSERT_EQ(form.parts.size(), 4);
  EXPECT_EQ(form.value("model"), "m");
  EXPECT_EQ(form.value("prompt"), "Morning?");
  EXPECT_EQ(form.value("file"), "RIFF");
  EXPECT_EQ(form.find("file")->head.filename, "a.mp3");
  EXPECT_EQ(form.find("file")->head.content_type, "audio/mpeg");
}

TEST_F(TranscriptionTest, AsksOpenaisKinForTheClientsFormat) {
  be_openai();
  EXPECT_TRUE(add_field("response_format", "srt", request_));
  EXPECT_EQ(heard(), "1\n00:00:00,000 --> 00:00:01,500\nGood morning.\n\n");
  EXPECT_FALSE(usage_);
}

TEST_F(TranscriptionTest, GivesDeepgramTheBytes) {
  be_deepgram();
  EXPECT_EQ(heard(), good_morning);
  EXPECT_EQ(usage_->audio_ms, 1500);
  const testing::Asked asked = fake_.last_asked();
  EXPECT_EQ(asked.target,
            "/v1/listen?model=m&smart_format=true&punctuate=true&detect_language=true");
  EXPECT_EQ(asked.field("authorization"), "Token sk-1");
  EXPECT_EQ(asked.field("content-type"), "audio/mpeg");
  EXPECT_EQ(asked.body, "RIFF");
}

TEST_F(TranscriptionTest, MakesSubtitlesOfWhatDeepgramSays) {
  be_deepgram();
  request_.format = Format::srt;
  EXPECT_EQ(heard(), "1\n00:00:00,000 --> 00:00:01,250\nGood morning.\n\n");
}

TEST_F(TranscriptionTest, WaitsForAssemblyai) {
  be_assemblyai(3);
  EXPECT_EQ(heard(),
            R"({"text":"Good morning.","task":"transcribe","language":"en_us","duration":2})");
  const std::vector<testing::Asked> asked = fake_.asked();
  ASSERT_EQ(asked.size(), 5);
  EXPECT_EQ(asked[0].target, "/v2/upload");
  EXPECT_EQ(asked[0].body, "RIFF");
  EXPECT_EQ(asked[1].target, "/v2/transcript");
  EXPECT_EQ(asked[4].target, "/v2/transcript/job-0");
  for (const testing::Asked& each : asked) EXPECT_EQ(each.field("authorization"), "sk-1");
}

TEST_F(TranscriptionTest, MakesSubtitlesOfWhatAssemblyaiSays) {
  be_assemblyai();
  request_.format = Format::vtt;
  EXPECT_EQ(heard(), "WEBVTT\n\n00:00:00.000 --> 00:00:01.250\nGood morning.\n\n");
}

TEST_F(TranscriptionTest, TellsInAssemblyaisWordsWhyItFailed) {
  be_assemblyai().fail_with("File does not appear to contain audio.");
  EXPECT_EQ(heard(), "error: File does not appear to contain audio.");
  EXPECT_EQ(error_code_, unheard_code);
}

TEST_F(TranscriptionTest, GivesNoJobUpForAQuestionThatFailed) {
  testing::Assemblyai& fake = be_assemblyai();
  fake.stumble(503, 2);
  EXPECT_NE(heard().find("Good morning."), std::string::npos);
  fake.stumble(404, 1);
  EXPECT_TRUE(heard().starts_with("404 "));
}

TEST_F(TranscriptionTest, WaitsNoLongerForAssemblyaiThanItMay) {
  be_assemblyai(1'000'000);
  start({.pause = Millis{5}, .time_max = Millis{50}});
  EXPECT_EQ(heard(), "error: The transcript was not ready in time");
}

TEST_F(TranscriptionTest, AsksAssemblyaiNoMoreWhenItIsCalledOff) {
  be_assemblyai(1'000'000);
  std::string told;
  world_.run([&]() -> net::Task<> {
    net::Scope scope(co_await net::current_scope());
    const net::Deadline leaves(scope, Millis{50}, "the client left");
    told = co_await listen().in(scope);
  });
  EXPECT_EQ(told, "error: the client left");
}

TEST_F(TranscriptionTest, TellsWhatTheProviderRefuses) {
  be_openai();
  request_.file_name = "a.txt";
  EXPECT_TRUE(heard().starts_with("400 "));
  be_deepgram();
  connection_.api_key = Secret();
  EXPECT_TRUE(heard().starts_with("401 "));
  be_assemblyai();
  EXPECT_TRUE(heard().starts_with("401 "));
}

TEST_F(TranscriptionTest, FindsNobodyWhereRecordingsAreNotTaken) {
  provider_.endpoints = {{.dialect = chat::Dialect::anthropic, .base = fake_.url()}};
  EXPECT_EQ(heard(), "nobody listens");
  provider_.endpoints = {
      {.dialect = chat::Dialect::openai_chat, .base = fake_.url(), .path = "/ask"}};
  EXPECT_EQ(heard(), "nobody listens");
}

}  // namespace
}  // namespace omni::upstream
