// What clients order besides conversations, by the paths that they call.

#include "ingress/data_plane.h"
#include "pipeline/test_pipeline.h"

namespace omni::ingress {
namespace {

using pipeline::testing::Ask;
using pipeline::testing::TestAnswer;
using upstream::testing::json_reply;
using upstream::testing::Reply;

constexpr std::string_view vector_of_two =
    R"({"object":"list","data":[)"
    R"({"object":"embedding","index":0,"embedding":[0.25,-1]}],)"
    R"("usage":{"prompt_tokens":7,"total_tokens":7}})";

class ServicesTest : public pipeline::testing::PipelineTest {
 protected:
  ServicesTest() : data_plane_(parts()) {
    router_ = std::make_unique<net::Router>(data_plane_.routes(), &gate_);
    for (const std::string provider : {"ch", "ge", "ol"}) connect(provider, "key-" + provider);
  }
  void play(std::string_view body, int status = 200) {
    provider_.play(json_reply(std::string(body), status));
  }
  TestAnswer post(std::string path, std::string body) {
    return ask({.path = std::move(path), .body = std::move(body)});
  }
  TestAnswer get(std::string path) {
    return ask({.path = std::move(path), .body = "", .method = "GET"});
  }

  DataPlane data_plane_;
};

using V1Embeddings = ServicesTest;

TEST_F(V1Embeddings, AnswersAsOpenaiWithTheProviderBeforeTheModel) {
  play(vector_of_two);
  const TestAnswer answer = post("/v1/embeddings", R"({"model":"ch/e","input":"Hi","user":"u"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"object":"list","data":[{"object":"embedding","index":0,)"
                         R"("embedding":[0.25,-1]}],"model":"ch/e",)"
                         R"("usage":{"prompt_tokens":7,"total_tokens":7}})");
  EXPECT_EQ(provider_.last_asked().target, "/ch/embeddings");
  EXPECT_EQ(provider_.last_asked().body, R"({"model":"e","input":["Hi"],"user":"u"})");
  EXPECT_EQ(usage("provider || ' ' || model || ' ' || tokens_input || ' ' || success"), "ch e 7 1");
  EXPECT_EQ(calls("path || ' ' || status || ' ' || requested_model || ' ' || tokens_input"),
            "/v1/embeddings 200 ch/e 7");
}

TEST_F(V1Embeddings, PacksFloatsWhereThatIsAskedFor) {
  play(vector_of_two);
  const TestAnswer answer =
      post("/v1/embeddings", R"({"model":"ch/e","input":["Hi"],"encoding_format":"base64"})");
  EXPECT_TRUE(answer.says(R"("embedding":"AACAPgAAgL8=")")) << answer.body;
  EXPECT_EQ(
      post("/v1/embeddings", R"({"model":"ch/e","input":["Hi"],"encoding_format":"hex"})").status,
      400);
}

TEST_F(V1Embeddings, OfTokensAreThoseOfTheProviderAlone) {
  play(vector_of_two);
  EXPECT_EQ(post("/v1/embeddings", R"({"model":"ch/e","input":[5,6]})").status, 200);
  EXPECT_EQ(provider_.last_asked().body, R"({"model":"e","input":[[5,6]]})");
  EXPECT_EQ(post("/v1/embeddings", R"({"model":"ol/e","input":[[5,6]]})").status, 400);
}

TEST_F(V1Embeddings, GoToAnyDialect) {
  play(R"({"embeddings":[{"values":[3]}]})");
  EXPECT_TRUE(post("/v1/embeddings", R"({"model":"ge/e","input":"Hi","dimensions":1})")
                  .says(R"("embedding":[3])"));
  EXPECT_EQ(provider_.last_asked().body,
            R"({"requests":[{"model":"models/e","content":{"parts":[{"text":"Hi"}]},)"
            R"("outputDimensionality":1}]})");
  play(R"({"embeddings":[[4]],"prompt_eval_count":2})");
  EXPECT_TRUE(post("/v1/embeddings", R"({"model":"ol/e","input":"Hi"})")
                  .says(R"("usage":{"prompt_tokens":2,"total_tokens":2})"));
}

TEST_F(V1Embeddings, MoreThanAProviderTakesAreAskedForInSeveralCallsAndStayInOrder) {
  provider_.play_by([](const upstream::testing::Asked& asked) {
    // One vector for each input, which is the number that the input says.
    std::string data;
    std::size_t at = asked.body.find("\"input\":[");
    for (at = asked.body.find('"', at + 9); at != std::string::npos && asked.body[at + 1] != '}';) {
      const std::size_t end = asked.body.find('"', at + 1);
      if (!data.empty()) data += ',';
      data += "{\"embedding\":[" + asked.body.substr(at + 1, end - at - 1) + "]}";
      if (asked.body[end + 1] == ']') break;
      at = asked.body.find('"', end + 1);
    }
    return json_reply("{\"data\":[" + data + "],\"usage\":{\"prompt_tokens\":1}}");
  });
  std::string inputs, wanted;
  for (int i = 0; i < 5000; ++i) inputs += (i == 0 ? "\"" : ",\"") + std::to_string(i) + '"';
  const TestAnswer answer = post("/v1/embeddings", R"({"model":"ch/e","input":[)" + inputs + "]}");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(provider_.asked().size(), 3);
  for (const int i : {0, 2047, 2048, 4999}) {
    const std::string number = std::to_string(i);
    EXPECT_TRUE(answer.says("\"index\":" + number + ",\"embedding\":[" + number + "]")) << i;
  }
  EXPECT_EQ(usage("tokens_input"), "3");
}

TEST_F(V1Embeddings, SayWhatIsWrongInTheWordsOfTheContract) {
  const auto says = [this](std::string body, std::string_view text) {
    const TestAnswer answer = post("/v1/embeddings", std::move(body));
    EXPECT_EQ(answer.status, 400) << text;
    EXPECT_TRUE(answer.says(text)) << answer.body;
    EXPECT_TRUE(answer.says(R"("type":"invalid_request_error")")) << answer.body;
  };
  says("[1]", "Invalid JSON body");
  says(R"({"input":"Hi"})", "Missing model");
  says(R"({"model":"ch/e"})", "Missing required field: input");
  says(R"({"model":"ch/e","input":[]})", "Missing required field: input");
  says(R"({"model":"nobody","input":"Hi"})",
       "Invalid embedding model: nobody. Use format: provider/model");
  says(R"({"model":"no/e","input":"Hi"})", "Unknown embedding provider: no");
  says(R"({"model":"re/e","input":"Hi"})", "No credentials for embedding provider: re");
  says(R"({"model":"ch/m","input":"Hi"})", "Nobody makes vectors by the name ch/m");
  says(R"({"model":"ch/e","input":"Hi","dimensions":0})", "dimensions");
  says(R"({"model":"ch/e","input":["a",""]})", "something empty");
}

TEST_F(V1Embeddings, KeepTheStatusOfTheProvider) {
  play(R"({"error":{"message":"too long"}})", 413);
  const TestAnswer refused = post("/v1/embeddings", R"({"model":"ch/e","input":"Hi"})");
  EXPECT_EQ(refused.status, 413);
  EXPECT_TRUE(refused.says("[413]: too long")) << refused.body;
  play("<html>", 200);
  EXPECT_EQ(post("/v1/embeddings", R"({"model":"ch/e","input":"Hi"})").status, 502);
}

TEST_F(V1Embeddings, OfAProviderThatIsFullAreThoseOfItsNextAccount) {
  connect("ch", "two");
  provider_.play("key-ch", {json_reply(R"({"error":{"message":"slow down"}})", 429)});
  play(vector_of_two);
  EXPECT_EQ(post("/v1/embeddings", R"({"model":"ch/e","input":"Hi"})").status, 200);
  EXPECT_EQ(usage("success", 2), "0 1");
}

TEST_F(V1Embeddings, OfACombo) {
  add_combo("both", R"({"models":["ch/e","ol/e"]})");
  provider_.play("key-ch", {json_reply(R"({"error":{"message":"down"}})", 500)});
  play(R"({"embeddings":[[4]]})");
  EXPECT_TRUE(post("/v1/embeddings", R"({"model":"both","input":"Hi"})").says(R"("model":"ol/e")"));
  add_combo("mixed", R"({"models":["ch/e","ol/other"]})");
  const TestAnswer mixed = post("/v1/embeddings", R"({"model":"mixed","input":"Hi"})");
  EXPECT_EQ(mixed.status, 400);
  EXPECT_TRUE(mixed.says("vectors of different lengths")) << mixed.body;
  add_combo("third", R"({"models":["ch/e","ol/e","ch/other"]})");
  EXPECT_EQ(post("/v1/embeddings", R"({"model":"third","input":"Hi"})").status, 400);
}

TEST_F(V1Embeddings, AreNotPaidForBeyondABudget) {
  write([](sql::Session& session) {
    return store::put_budget(session, {.scope = "all", .limits_nano = {1, {}, {}}});
  });
  write([](sql::Session& session) {
    return store::put_user_price(session, {"ch", "e", json::Raw::trusted(R"({"input":1})")});
  });
  play(vector_of_two);
  const Ask hi{.path = "/v1/embeddings", .body = R"({"model":"ch/e","input":"Hi"})"};
  EXPECT_EQ(ask(hi).status, 200);
  EXPECT_EQ(usage("cost_nano"), "7000");
  const TestAnswer refused = ask(hi);
  EXPECT_EQ(refused.status, 429) << refused.body;
  EXPECT_TRUE(refused.says("budget_exceeded")) << refused.body;
  EXPECT_EQ(provider_.asked().size(), 1);
}

TEST_F(V1Embeddings, OfAnotherLengthThanWasAskedForAreNone) {
  play(vector_of_two);
  EXPECT_EQ(post("/v1/embeddings", R"({"model":"ch/e","input":"Hi","dimensions":3})").status, 502);
}

TEST_F(V1Embeddings, OfAModelThatAProvidersOwnListNames) {
  write([](sql::Session& session) {
    return store::put_custom_model(session, {.provider = "ch", .id = "imported", .name = "I"});
  });
  play(vector_of_two);
  EXPECT_EQ(post("/v1/embeddings", R"({"model":"ch/imported","input":"Hi"})").status, 200);
}

TEST_F(V1Embeddings, OfAComboThatHasNobodyFailAsUnavailable) {
  add_combo("lonely", R"({"models":["re/e"]})");
  EXPECT_EQ(post("/v1/embeddings", R"({"model":"lonely","input":"Hi"})").status, 503);
}

TEST_F(V1Embeddings, OfNobodyWhoCanBeReachedAreABadGateway) {
  store::Connection connection{.id = "c-away", .provider = "re", .name = "away"};
  connection.data = json::Raw::trusted(R"({"baseUrl":"http://127.0.0.1:1"})");
  write([&](sql::Session& session) {
    return store::add_connection(session, store_->sealer(), connection);
  });
  EXPECT_EQ(post("/v1/embeddings", R"({"model":"re/e","input":"Hi"})").status, 502);
}

TEST_F(V1Embeddings, ThatMustWaitSayHowLong) {
  play(R"({"error":{"message":"slow down"}})", 429);
  post("/v1/embeddings", R"({"model":"ch/e","input":"Hi"})");
  const TestAnswer again = post("/v1/embeddings", R"({"model":"ch/e","input":"Hi"})");
  EXPECT_EQ(again.status, 429);
  EXPECT_NE(again.field("retry-after"), "");
}

using V1ProvidersEmbeddings = ServicesTest;

TEST_F(V1ProvidersEmbeddings, AskThatProviderAlone) {
  play(vector_of_two);
  EXPECT_EQ(post("/v1/providers/ch/embeddings", R"({"model":"e","input":"Hi"})").status, 200);
  EXPECT_EQ(provider_.last_asked().target, "/ch/embeddings");
  EXPECT_EQ(post("/v1/providers/ch/embeddings", R"({"model":"ch/e","input":"Hi"})").status, 200);
  const TestAnswer other = post("/v1/providers/ch/embeddings", R"({"model":"ol/e","input":"Hi"})");
  EXPECT_EQ(other.status, 400);
  EXPECT_TRUE(other.says("does not belong to provider")) << other.body;
  EXPECT_TRUE(post("/v1/providers/no/embeddings", R"({"model":"e","input":"Hi"})")
                  .says("Unknown embedding provider: no"));
}

using GeminiEmbedContent = ServicesTest;

TEST_F(GeminiEmbedContent, AnswersAsGemini) {
  play(vector_of_two);
  const TestAnswer one =
      post("/v1beta/models/ch/e:embedContent", R"({"content":{"parts":[{"text":"Hi"}]}})");
  EXPECT_EQ(one.body,
            R"({"embedding":{"values":[0.25,-1]},"usageMetadata":{"promptTokenCount":7}})");
  const TestAnswer many = post("/v1beta/models/ch/e:batchEmbedContents",
                               R"({"requests":[{"content":{"parts":[{"text":"Hi"}]}}]})");
  EXPECT_TRUE(many.says(R"({"embeddings":[{"values":[0.25,-1]}])")) << many.body;
  EXPECT_EQ(provider_.last_asked().body, R"({"model":"e","input":["Hi"]})");
  const TestAnswer none = post("/v1beta/models/ch/e:embedContent", R"({})");
  EXPECT_EQ(none.status, 400);
  EXPECT_TRUE(none.says("INVALID_ARGUMENT")) << none.body;
}

TEST_F(GeminiEmbedContent, KeepsWhatOnlyGeminiKnowsForGemini) {
  play(R"({"embeddings":[{"values":[3]}]})");
  post("/v1beta/models/ge/e:embedContent",
       R"({"content":{"parts":[{"text":"Hi"}]},"taskType":"RETRIEVAL_QUERY"})");
  EXPECT_TRUE(provider_.last_asked().body.find(R"("taskType":"RETRIEVAL_QUERY")") !=
              std::string::npos);
}

using ApiEmbed = ServicesTest;

TEST_F(ApiEmbed, AnswersAsOllama) {
  play(vector_of_two);
  EXPECT_EQ(post("/api/embed", R"({"model":"ch/e","input":"Hi"})").body,
            R"({"model":"ch/e","embeddings":[[0.25,-1]],"prompt_eval_count":7})");
  EXPECT_EQ(post("/api/embeddings", R"({"model":"ch/e","prompt":"Hi"})").body,
            R"({"embedding":[0.25,-1]})");
  EXPECT_EQ(post("/api/embed", R"({"model":"no/e","input":"Hi"})").status, 400);
}

using V1ImagesGenerations = ServicesTest;

TEST_F(V1ImagesGenerations, PassOnWhatIsAskedAndAnswered) {
  play(R"({"created":5,"data":[{"url":"https://x/1.png"},{"url":"https://x/2.png"}]})");
  const TestAnswer answer =
      post("/v1/images/generations", R"({"model":"ch/i","prompt":"a cat","n":2,"style":"vivid"})");
  EXPECT_EQ(answer.body,
            R"({"created":5,"data":[{"url":"https://x/1.png"},{"url":"https://x/2.png"}]})");
  EXPECT_EQ(provider_.last_asked().target, "/ch/images/generations");
  EXPECT_EQ(provider_.last_asked().body, R"({"model":"i","prompt":"a cat","n":2,"style":"vivid"})");
}

TEST_F(V1ImagesGenerations, AreDatedWhereTheProviderDoesNot) {
  play(R"({"data":[{"b64_json":"AA=="}]})");
  EXPECT_TRUE(post("/v1/images/generations", R"({"model":"ch/i","prompt":"a cat"})")
                  .says(R"("created":1772)"));
}

TEST_F(V1ImagesGenerations, CountTokensOfImages) {
  play(R"({"created":5,"data":[{"b64_json":"AA=="}],"usage":{"input_tokens":10,)"
       R"("output_tokens":100,"input_tokens_details":{"text_tokens":4,"image_tokens":6}}})");
  post("/v1/images/generations", R"({"model":"ch/i","prompt":"a cat"})");
  EXPECT_EQ(usage("tokens_input || ' ' || tokens_output"), "10 100");
}

TEST_F(V1ImagesGenerations, ComeFromGeminisConversations) {
  play(R"({"candidates":[{"content":{"parts":[{"text":"Here"},{"inlineData":{"mimeType":)"
       R"("image/png","data":"AA=="}}]}}],"usageMetadata":{"promptTokenCount":3,)"
       R"("candidatesTokenCount":1290}})");
  const TestAnswer answer =
      post("/v1/images/generations", R"({"model":"ge/m","prompt":"a cat","size":"1024x1792"})");
  EXPECT_TRUE(answer.says(R"("data":[{"b64_json":"AA=="}])")) << answer.body;
  EXPECT_EQ(provider_.last_asked().target, "/ge/models/m:generateContent");
  EXPECT_TRUE(provider_.last_asked().body.find(R"("aspectRatio":"9:16")") != std::string::npos);
  EXPECT_EQ(usage("tokens_input || ' ' || tokens_output"), "3 1290");
  play(R"({"candidates":[{"content":{"parts":[{"text":"No."}]},"finishReason":"STOP"}]})");
  const TestAnswer refused = post("/v1/images/generations", R"({"model":"ge/m","prompt":"a cat"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(refused.says("made no image: No.")) << refused.body;
  play(R"({"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"}})");
  EXPECT_TRUE(post("/v1/images/generations", R"({"model":"ge/m","prompt":"a cat"})")
                  .says("made no image: PROHIBITED_CONTENT"));
  play(R"({"candidates":[{"content":{"parts":[{"inlineData":{"data":"AA=="}}]}}]})");
  EXPECT_EQ(post("/v1/images/generations", R"({"model":"ge/m","prompt":"a dog"})").status, 200)
      << "nobody rests for what a client asked";
  EXPECT_EQ(post("/v1/images/generations", R"({"model":"ge/m","prompt":["a dog"]})").status, 400);
}

TEST_F(V1ImagesGenerations, OfGeminiAreNotBoughtTwice) {
  connect("ge", "second");
  const std::string image =
      R"({"candidates":[{"content":{"parts":[{"inlineData":{"data":"AA=="}}]}}]})";
  provider_.play("key-ge", {json_reply(image), json_reply(R"({"error":{"message":"x"}})", 503)});
  provider_.play("second", {json_reply(image)});
  const TestAnswer answer =
      post("/v1/images/generations", R"({"model":"ge/m","prompt":"a cat","n":3})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(provider_.asked().size(), 4);
}

TEST_F(V1ImagesGenerations, SayWhatIsWrongInTheWordsOfTheContract) {
  EXPECT_TRUE(post("/v1/images/generations", R"({"model":"ch/i"})")
                  .says("Prompt is required for image model: ch/i"));
  EXPECT_TRUE(post("/v1/images/generations", R"({"model":"i","prompt":"a"})")
                  .says("Invalid image model: i. Use format: provider/model"));
  EXPECT_TRUE(post("/v1/images/generations", R"({"model":"no/i","prompt":"a"})")
                  .says("Unknown image provider: no"));
  EXPECT_TRUE(post("/v1/images/generations", R"({"model":"re/i","prompt":"a"})")
                  .says("No credentials for image provider: re"));
  EXPECT_TRUE(
      post("/v1/images/generations", R"({"model":"ch/m","prompt":"a"})").says("is no image model"));
  play(R"({"error":{"message":"not that"}})", 400);
  const TestAnswer refused = post("/v1/images/generations", R"({"model":"ch/i","prompt":"a"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(refused.says(R"("type":"upstream_error")")) << refused.body;
  EXPECT_TRUE(refused.says(R"("code":"upstream_error")")) << refused.body;
}

TEST_F(V1ImagesGenerations, AreStreamedAsTheyCome) {
  provider_.play(upstream::testing::stream_reply(
      {"event: image_generation.partial_image\ndata: {\"type\":\"x\"}\n\n",
       "data: {\"type\":\"image_generation.completed\",\"usage\":{\"input_tokens\":5,"
       "\"output_tokens\":9}}\n\n"}));
  const TestAnswer answer =
      post("/v1/images/generations", R"({"model":"ch/i","prompt":"a cat","stream":true})");
  EXPECT_EQ(answer.field("content-type"), "text/event-stream");
  EXPECT_TRUE(answer.says("image_generation.partial_image"));
  EXPECT_TRUE(answer.says("image_generation.completed"));
  EXPECT_EQ(usage("tokens_input || ' ' || tokens_output || ' ' || success"), "5 9 1");
}

using V1ProvidersImagesGenerations = ServicesTest;

TEST_F(V1ProvidersImagesGenerations, AskThatProviderAlone) {
  play(R"({"created":5,"data":[]})");
  EXPECT_EQ(post("/v1/providers/ch/images/generations", R"({"model":"i","prompt":"a"})").status,
            200);
  EXPECT_TRUE(post("/v1/providers/no/images/generations", R"({"model":"i","prompt":"a"})")
                  .says("Unknown image provider: no"));
}

using V1AudioSpeech = ServicesTest;

TEST_F(V1AudioSpeech, GoesByAsItComes) {
  provider_.play({.type = "audio/mpeg", .pieces = {"ID3", "sound"}});
  const TestAnswer answer =
      post("/v1/audio/speech", R"({"model":"ch/s","input":"Hi","voice":"alloy"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("content-type"), "audio/mpeg");
  EXPECT_EQ(answer.body, "ID3sound");
  EXPECT_EQ(provider_.last_asked().target, "/ch/audio/speech");
  EXPECT_EQ(post("/v1/audio/speech", R"({"model":"ch/s"})").status, 400);
  EXPECT_EQ(usage("success"), "1");
}

TEST_F(V1AudioSpeech, ThatBreaksOffHasNoEnd) {
  provider_.play({.type = "audio/mpeg", .pieces = {"ID3"}, .end = Reply::End::broken});
  const Ask hi{.path = "/v1/audio/speech", .body = R"({"model":"ch/s","input":"Hi"})"};
  const std::string bytes = begin(hi).read_to_end();
  EXPECT_TRUE(bytes.starts_with("HTTP/1.1 200")) << bytes;
  EXPECT_FALSE(bytes.ends_with("0\r\n\r\n")) << bytes;
  EXPECT_EQ(usage("success"), "0");
  EXPECT_NE(calls("status"), "200");
}

TEST_F(V1AudioSpeech, ThatBreaksOffBeforeItBeginsIsThatOfTheNextAccount) {
  connect("ch", "two");
  provider_.play("key-ch", {{.type = "audio/mpeg", .pieces = {}, .end = Reply::End::broken}});
  provider_.play("two", {{.type = "audio/mpeg", .pieces = {"sound"}}});
  EXPECT_EQ(post("/v1/audio/speech", R"({"model":"ch/s","input":"Hi"})").body, "sound");
  EXPECT_EQ(usage("success", 2), "0 1");
}

TEST_F(V1AudioSpeech, IsNoPageOfAProxy) {
  provider_.play({.type = "text/html", .pieces = {"<html>Log in</html>"}});
  EXPECT_EQ(post("/v1/audio/speech", R"({"model":"ch/s","input":"Hi"})").status, 502);
}

using V1Moderations = ServicesTest;

TEST_F(V1Moderations, NeedNoModel) {
  play(R"({"id":"modr-1","model":"omni","results":[{"flagged":false}]})");
  connect("openai", "o");
  EXPECT_TRUE(post("/v1/moderations", R"({"model":"ch/mod","input":"Hi"})")
                  .says(R"("results":[{"flagged":false}])"));
  EXPECT_EQ(provider_.last_asked().target, "/ch/moderations");
  EXPECT_TRUE(
      post("/v1/moderations", R"({"model":"ch/mod"})").says("Missing required field: input"));
}

using V1Rerank = ServicesTest;

TEST_F(V1Rerank, PassesOnWhatIsAskedAndAnswered) {
  play(R"({"results":[{"index":1,"relevance_score":0.9}],"usage":{"total_tokens":12}})");
  const TestAnswer answer =
      post("/v1/rerank", R"({"model":"ch/r","query":"q","documents":["a","b"]})");
  EXPECT_TRUE(answer.says(R"("relevance_score":0.9)")) << answer.body;
  EXPECT_EQ(provider_.last_asked().target, "/ch/rerank");
  EXPECT_EQ(usage("tokens_input"), "12");
  EXPECT_TRUE(post("/v1/rerank", R"({"model":"ch/r","query":"q"})")
                  .says("Missing required field: documents"));
}

TEST_F(V1Rerank, IsAFailureWhereAnAnswerOfGoodStatusSaysSo) {
  play(R"({"error":{"message":"No such ranker"}})");
  const TestAnswer answer = post("/v1/rerank", R"({"model":"ch/r","query":"q","documents":["a"]})");
  EXPECT_EQ(answer.status, 502);
  EXPECT_TRUE(answer.says("No such ranker")) << answer.body;
}

using V1Completions = ServicesTest;

TEST_F(V1Completions, ThatFailAtOnceAreThoseOfTheNextAccount) {
  connect("ch", "two");
  provider_.play("key-ch", {upstream::testing::stream_reply(
                               {": busy\n\n", "data: {\"error\":{\"message\":\"down\"}}\n\n"})});
  provider_.play("two", {upstream::testing::stream_reply(
                            {"data: {\"choices\":[{\"text\":\"a\"}]}\n\n", "data: [DONE]\n\n"})});
  const TestAnswer answer =
      post("/v1/completions", R"({"model":"ch/m","prompt":"Hi","stream":true})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.says("down")) << answer.body;
  EXPECT_EQ(answer.field("x-accel-buffering"), "no");
}

TEST_F(V1Completions, ThatBreakOffAreToldSo) {
  provider_.play(upstream::testing::stream_reply({"data: {\"choices\":[{\"text\":\"a\"}]}\n\n"},
                                                 Reply::End::broken));
  const TestAnswer answer =
      post("/v1/completions", R"({"model":"ch/m","prompt":"Hi","stream":true})");
  EXPECT_TRUE(answer.says("broke off")) << answer.body;
  EXPECT_EQ(usage("success || estimated"), "01");
}

TEST_F(V1Completions, AreStreamedOrWhole) {
  play(R"({"id":"cmpl-1","choices":[{"text":" there"}],"usage":{"prompt_tokens":1,)"
       R"("completion_tokens":2}})");
  EXPECT_TRUE(post("/v1/completions", R"({"model":"ch/m","prompt":"Hi"})").says(" there"));
  EXPECT_EQ(provider_.last_asked().target, "/ch/completions");
  provider_.play(upstream::testing::stream_reply(
      {"data: {\"choices\":[{\"text\":\"a\"}]}\n\n", "data: [DONE]\n\n"}));
  EXPECT_TRUE(
      post("/v1/completions", R"({"model":"ch/m","prompt":"Hi","stream":true})").says("[DONE]"));
  EXPECT_EQ(usage("tokens_input || '/' || estimated", 2), "1/0 2/1");
}

TEST_F(ServicesTest, ThatNobodyAnswersFailInTime) {
  provider_.play(json_reply("{}", 503));
  EXPECT_EQ(post("/v1/rerank", R"({"model":"ch/r","query":"q","documents":[]})").status, 503);
}

}  // namespace
}  // namespace omni::ingress
