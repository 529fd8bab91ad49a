// POST /v1/audio/transcriptions, at providers of each kind that refuse what the real ones refuse.

#include "ingress/data_plane.h"
#include "pipeline/test_listeners.h"
#include "pipeline/test_pipeline.h"

namespace omni::ingress {
namespace {

using pipeline::testing::TestAnswer;
using upstream::testing::Asked;
using upstream::testing::json_reply;
using upstream::testing::no_reply;
using upstream::testing::Reply;
using Fields = std::vector<std::pair<std::string, std::string>>;

std::string form_of(const Fields& fields, std::string_view recording = "RIFF") {
  std::string body;
  for (const auto& [name, value] : fields) {
    body += "--b\r\ncontent-disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
  }
  body += "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.mp3\"\r\n\r\n";
  return body.append(recording).append("\r\n--b--\r\n");
}

class V1AudioTranscriptions : public pipeline::testing::PipelineTest {
 protected:
  V1AudioTranscriptions() {
    provider_.play_by([this](const Asked& asked) { return listeners_.answer(asked); });
    open();
  }

  /// With the polling that is set by now.
  void open() {
    start({}, heartbeat_);
    data_plane_ = std::make_unique<DataPlane>(parts());
    router_ = std::make_unique<net::Router>(data_plane_->routes(), &gate_);
  }
  net::testing::RawClient begin(const std::string& form, const std::string& fields = {},
                                const std::string& path = "/v1/audio/transcriptions") {
    net::testing::RawClient client(port());
    client.send("POST " + path + " HTTP/1.1\r\nhost: x\r\nconnection: close\r\n" + fields +
                "content-type: multipart/form-data; boundary=b\r\ncontent-length: " +
                std::to_string(form.size()) + "\r\n\r\n" + form);
    return client;
  }
  TestAnswer send(const std::string& form, const std::string& fields = {}) {
    return pipeline::testing::parse_answer(begin(form, fields).read_to_end());
  }
  TestAnswer transcribe(const std::string& model, Fields fields = {}) {
    fields.insert(fields.begin(), {"model", model});
    return send(form_of(fields));
  }
  void refuse(const std::string& key, Reply reply) { listeners_.refuse(key, std::move(reply)); }

  pipeline::testing::Listeners listeners_;

 private:
  std::unique_ptr<DataPlane> data_plane_;
};

TEST_F(V1AudioTranscriptions, IsServedByEveryKindOfProvider) {
  connect("oa", "one");
  connect("dg", "two");
  connect("aa", "three");
  const auto said = [](std::string_view language, std::string_view duration) {
    return R"({"text":"Good morning.","task":"transcribe","language":")" + std::string(language) +
           R"(","duration":)" + std::string(duration) + "}";
  };
  for (const auto& [model, body] : std::vector<std::pair<std::string, std::string>>{
           {"oa/ear", said("", "0")},
           {"dg/ear", said("en", "1.5")},
           {"aa/ear", said("en_us", "2")}}) {
    const TestAnswer answer = transcribe(model);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body, body);
    EXPECT_EQ(answer.field("content-type"), "application/json");
  }
}

TEST_F(V1AudioTranscriptions, IsAnsweredAtAllItsPaths) {
  connect("oa", "one");
  for (const std::string path : {"/v1/audio/transcriptions", "/v1/v1/audio/transcriptions",
                                 "/api/v1/audio/transcriptions"}) {
    const std::string form = form_of({{"model", "oa/ear"}});
    const TestAnswer answer = pipeline::testing::parse_answer(begin(form, {}, path).read_to_end());
    EXPECT_EQ(answer.status, 200) << path;
  }
}

TEST_F(V1AudioTranscriptions, IsToldInTheFormatThatWasAskedFor) {
  connect("oa", "one");
  connect("dg", "two");
  connect("aa", "three");
  for (const std::string model : {"oa/ear", "dg/ear", "aa/ear"}) {
    EXPECT_EQ(transcribe(model, {{"response_format", "text"}}).body, "Good morning.\n") << model;
    const TestAnswer srt = transcribe(model, {{"response_format", "srt"}});
    EXPECT_TRUE(srt.body.starts_with("1\n00:00:00,000 --> 00:00:01,")) << model;
    const TestAnswer vtt = transcribe(model, {{"response_format", "vtt"}});
    EXPECT_TRUE(vtt.body.starts_with("WEBVTT\n\n00:00:00.000 --> 00:00:01.")) << model;
    const TestAnswer verbose = transcribe(model, {{"response_format", "verbose_json"}});
    EXPECT_TRUE(verbose.says(R"("segments":[{"id":0,"seek":0,)")) << model;
  }
  EXPECT_TRUE(transcribe("dg/ear", {{"response_format", "verbose_json"},
                                    {"timestamp_granularities[]", "word"}})
                  .says(R"("words":[{"word":"Good","start":0,"end":0.5})"));
}

TEST_F(V1AudioTranscriptions, IsSentAgainToTheNextAccountAndTheNextTarget) {
  connect("oa", "one");
  connect("oa", "two");
  connect("dg", "three");
  add_combo("ears", R"({"models":["oa/ear","dg/ear"]})");
  refuse("one", json_reply(R"({"error":{"message":"no"}})", 401));
  refuse("two", json_reply(R"({"error":{"message":"down"}})", 503));
  const std::string recording(std::size_t{1'500'000}, 'x');
  EXPECT_EQ(send(form_of({{"model", "ears"}}, recording)).status, 200);
  const std::vector<Asked> asked = provider_.asked();
  ASSERT_EQ(asked.size(), 3);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(pipeline::testing::recording_in(asked[i]) == recording);
  }
  EXPECT_TRUE(asked[2].body == recording);
  EXPECT_EQ(usage("success", 3), "0 0 1");
}

TEST_F(V1AudioTranscriptions, CostsWhatItsTimeCosts) {
  connect("dg", "one");
  EXPECT_EQ(transcribe("dg/ear").status, 200);
  // A second and a half of six dollars for a thousand minutes.
  EXPECT_EQ(usage("provider || '|' || model || '|' || cost_nano || '|' || estimated"),
            "dg|ear|150000|0");
  EXPECT_EQ(calls("status || '|' || cost_nano"), "200|150000");
}

TEST_F(V1AudioTranscriptions, CountsTokensWhereTheProviderDoes) {
  connect("oa", "one");
  EXPECT_EQ(transcribe("oa/gpt-hear").status, 200);
  EXPECT_EQ(usage("tokens_input || '|' || tokens_output || '|' || tokens_input_audio"), "14|4|14");
}

TEST_F(V1AudioTranscriptions, StreamsAsTheProviderStreams) {
  connect("oa", "one");
  connect("dg", "two");
  const TestAnswer streamed = transcribe("oa/gpt-hear", {{"stream", "true"}});
  EXPECT_EQ(streamed.status, 200);
  EXPECT_EQ(streamed.field("content-type"), "text/event-stream");
  EXPECT_TRUE(streamed.body.starts_with("data: {\"type\":\"transcript.text.delta\""));
  EXPECT_EQ(usage("tokens_input || '|' || tokens_output"), "14|4");
  const TestAnswer at_once = transcribe("dg/ear", {{"stream", "true"}});
  EXPECT_EQ(at_once.field("content-type"), "text/event-stream");
  EXPECT_TRUE(at_once.says("transcript.text.done"));
}

TEST_F(V1AudioTranscriptions, IsRefusedInTheWordsOfTheContract) {
  connect("oa", "one");
  const auto message = [this](const std::string& form) {
    const TestAnswer answer = send(form);
    EXPECT_EQ(answer.status, 400);
    const auto failure = pipeline::testing::hear(chat::Dialect::openai_chat, answer).failure;
    return failure ? failure->message : "";
  };
  EXPECT_EQ(message("nonsense"), "Invalid multipart form data");
  EXPECT_EQ(message(form_of({})), "Missing model");
  EXPECT_EQ(message(form_of({{"model", "oa/ear"}}, "")), "file is required");
  connect("ch", "two");
  EXPECT_EQ(message(form_of({{"model", "ch/m"}})), "The model ch/m is no transcription model");
  EXPECT_EQ(message(form_of({{"model", "nobody"}})),
            "Invalid transcription model: nobody. Use format: provider/model");
  EXPECT_EQ(message(form_of({{"model", "dg/ear"}})), "No credentials for provider: dg");
  EXPECT_TRUE(provider_.asked().empty());
}

TEST_F(V1AudioTranscriptions, TellsWhatTheProviderSays) {
  connect("oa", "one");
  connect("dg", "two");
  refuse("one", json_reply(R"({"error":{"message":"too short","type":"invalid_request_error"}})",
                           400));
  refuse("two", json_reply(R"({"err_code":"PAYLOAD_ERROR","err_msg":"corrupt"})", 400));
  EXPECT_EQ(transcribe("oa/ear").body,
            R"({"error":{"message":"[400]: too short","type":"invalid_request_error",)"
            R"("code":400}})");
  EXPECT_EQ(transcribe("dg/ear").body, R"({"error":{"message":"[400]: corrupt","code":400}})");
}

TEST_F(V1AudioTranscriptions, SaysWhenAnAccountMayBeAskedAgain) {
  connect("oa", "one");
  Reply busy = json_reply(R"({"error":{"message":"slow down"}})", 429);
  busy.fields = {{"retry-after", "7"}};
  refuse("one", busy);
  const TestAnswer answer = transcribe("oa/ear");
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.field("retry-after"), "7");
}

TEST_F(V1AudioTranscriptions, IsNobodysFaultWhereTheRecordingCannotBeHeard) {
  connect("aa", "one");
  connect("aa", "two");
  listeners_.assemblyai().fail_with("File does not appear to contain audio.");
  for (int i = 0; i < 2; ++i) {
    const TestAnswer answer = transcribe("aa/ear");
    EXPECT_EQ(answer.status, 500);
    EXPECT_TRUE(answer.says("File does not appear to contain audio."));
    EXPECT_TRUE(answer.says("\"code\":500"));
  }
  EXPECT_EQ(usage("success", 2), "0 0");
}

TEST_F(V1AudioTranscriptions, SaysThatItCameTooLate) {
  polling_ = {.pause = Millis{5}, .time_max = Millis{50}};
  open();
  connect("aa", "one");
  listeners_.assemblyai().finish_at(1'000'000);
  EXPECT_EQ(transcribe("aa/ear").status, 504);
}

TEST_F(V1AudioTranscriptions, EndsWhenTheClientLeaves) {
  connect("oa", "one");
  refuse("one", no_reply());
  {
    const net::testing::RawClient client = begin(form_of({{"model", "oa/ear"}}));
    EXPECT_TRUE(net::testing::eventually([this] { return !provider_.asked().empty(); }));
  }
  EXPECT_TRUE(net::testing::eventually([this] { return provider_.left() == 1; }));
  EXPECT_EQ(calls("status"), "499");
}

TEST_F(V1AudioTranscriptions, IsForKeysThatMayUseTheModel) {
  connect("oa", "one");
  add_key("mine", [](store::ApiKey& key) { key.allowed_models = {"dg/*"}; });
  const TestAnswer answer =
      send(form_of({{"model", "oa/ear"}}), "authorization: Bearer sk-mine\r\n");
  EXPECT_EQ(answer.status, 403) << answer.body;
}

using SpeechOfAStrictProvider = V1AudioTranscriptions;

TEST_F(SpeechOfAStrictProvider, GoesByInItsOwnType) {
  connect("oa", "one");
  const auto speak = [this](std::string body) {
    return ask({.path = "/v1/audio/speech", .body = std::move(body)});
  };
  const std::string start = R"({"model":"oa/tts","input":"Hi","voice":"alloy")";
  const TestAnswer mp3 = speak(start + "}");
  EXPECT_EQ(mp3.status, 200);
  EXPECT_EQ(mp3.field("content-type"), "audio/mpeg");
  EXPECT_EQ(mp3.body, "SPOKEN");
  EXPECT_EQ(speak(start + R"(,"response_format":"wav"})").field("content-type"), "audio/wav");
  const TestAnswer events = speak(start + R"(,"stream_format":"sse"})");
  EXPECT_EQ(events.field("content-type"), "text/event-stream");
  EXPECT_TRUE(events.says("speech.audio.done"));
  EXPECT_EQ(usage("tokens_input || '|' || tokens_output", 3), "2|0 2|0 3|9");
  const TestAnswer mute = speak(R"({"model":"oa/tts","input":"Hi"})");
  EXPECT_EQ(mute.status, 400);
  EXPECT_TRUE(mute.says("voice is required")) << mute.body;
}

}  // namespace
}  // namespace omni::ingress
