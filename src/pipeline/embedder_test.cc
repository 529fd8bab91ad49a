#include "pipeline/embedder.h"

#include "pipeline/test_pipeline.h"

namespace omni::pipeline {
namespace {

using testing::PipelineTest;
using upstream::testing::json_reply;
using upstream::testing::no_reply;
using Vectors = std::vector<std::vector<float>>;

constexpr std::string_view openai_answer =
    R"({"data":[{"index":0,"embedding":[1,2]}],"usage":{"prompt_tokens":7,"total_tokens":7}})";

class EmbedderTest : public PipelineTest {
 protected:
  EmbedderTest() {
    request_.inputs = {"Hi"};
    play(openai_answer);
  }
  void play(std::string_view body, int status = 200) {
    provider_.play(json_reply(std::string(body), status));
  }
  Embedder::Outcome embed(std::string_view model) {
    const Embedder embedder(parts());
    const identity::Caller caller;
    const Permit permit(caller);
    const Customer customer{.view = views_->current(), .permit = permit};
    const auto plan = embedder.plan(*customer.view, model);
    if (!plan) return chat::Failure::of(plan.error());
    Embedder::Outcome outcome;
    world_.run([&]() -> net::Task<> {
      outcome = co_await embedder.embed({.customer = customer,
                                         .plan = *plan,
                                         .request = request_,
                                         .request_id = "r-1",
                                         .time_max = time_max_});
    });
    return outcome;
  }
  Vectors vectors_of(std::string_view model) {
    const Embedder::Outcome outcome = embed(model);
    const auto* made = std::get_if<dialect::Embeddings>(&outcome);
    return made == nullptr ? Vectors() : made->vectors;
  }
  chat::Failure failure_of(std::string_view model) {
    const Embedder::Outcome outcome = embed(model);
    const auto* failure = std::get_if<chat::Failure>(&outcome);
    return failure == nullptr ? chat::Failure{.status = 200} : *failure;
  }

  dialect::EmbeddingRequest request_;
  Millis time_max_{5'000};
};

TEST_F(EmbedderTest, AsksInTheDialectOfTheProvider) {
  for (const std::string provider : {"ch", "re", "ge", "ol"}) connect(provider, "key-" + provider);
  EXPECT_EQ(vectors_of("ch/e"), (Vectors{{1, 2}}));
  EXPECT_EQ(provider_.last_asked().target, "/ch/embeddings");
  EXPECT_EQ(provider_.last_asked().body, R"({"model":"e","input":["Hi"]})");
  EXPECT_EQ(provider_.last_asked().field("authorization"), "Bearer key-ch");
  EXPECT_EQ(vectors_of("re/e"), (Vectors{{1, 2}}));
  EXPECT_EQ(provider_.last_asked().target, "/re/embeddings");
  play(R"({"embeddings":[{"values":[3]}]})");
  EXPECT_EQ(vectors_of("ge/e"), (Vectors{{3}}));
  EXPECT_EQ(provider_.last_asked().target, "/ge/models/e:batchEmbedContents");
  play(R"({"embeddings":[[4]]})");
  EXPECT_EQ(vectors_of("ol/e"), (Vectors{{4}}));
  EXPECT_EQ(provider_.last_asked().target, "/ol/api/embed");
}

TEST_F(EmbedderTest, SaysWhoMadeThem) {
  connect("ch", "one");
  const Embedder::Outcome outcome = embed("ch/e");
  ASSERT_TRUE(std::holds_alternative<dialect::Embeddings>(outcome));
  EXPECT_EQ(std::get<dialect::Embeddings>(outcome).model, "ch/e");
}

TEST_F(EmbedderTest, LeavesARowOfUsage) {
  connect("ch", "one");
  EXPECT_EQ(vectors_of("ch/e").size(), 1);
  EXPECT_EQ(usage("request_id || '|' || provider || '|' || model || '|' || tokens_input || '|' || "
                  "estimated || '|' || success"),
            "r-1|ch|e|7|0|1");
}

TEST_F(EmbedderTest, EstimatesWhatIsNotCounted) {
  connect("ch", "one");
  play(R"({"data":[{"embedding":[1]}]})");
  request_.inputs = {std::string(400, 'a')};
  EXPECT_EQ(vectors_of("ch/e").size(), 1);
  EXPECT_EQ(usage("tokens_input || '|' || estimated"), "101|1");
}

TEST_F(EmbedderTest, AsksTheNextAccountWhereOneIsRefused) {
  connect("ch", "one");
  connect("ch", "two");
  provider_.play("one", {json_reply(R"({"error":{"message":"no one"}})", 401)});
  EXPECT_EQ(vectors_of("ch/e"), (Vectors{{1, 2}}));
  EXPECT_EQ(provider_.asked().size(), 2);
  EXPECT_EQ(usage("success", 2), "0 1");
}

TEST_F(EmbedderTest, TellsWhatTheProviderSaysWithoutItsKey) {
  connect("ch", "sk-secret");
  play(R"({"error":{"message":"sk-secret is too long"}})", 400);
  const chat::Failure failure = failure_of("ch/e");
  EXPECT_EQ(failure.status, 400);
  EXPECT_EQ(failure.message, "[400]: *** is too long");
}

TEST_F(EmbedderTest, TakesNoAnswerThatLacksAVector) {
  connect("ch", "one");
  request_.inputs = {"one", "two"};
  EXPECT_EQ(failure_of("ch/e").status, 502);
  request_.inputs = {"one"};
  play(R"({"data":[{"embedding":[]}]})");
  EXPECT_EQ(failure_of("ch/e").status, 502);
  play("<html>");
  EXPECT_EQ(failure_of("ch/e").status, 502);
}

TEST_F(EmbedderTest, WaitsNoLongerThanItMay) {
  connect("ch", "one");
  connect("ch", "two");
  provider_.play(no_reply());
  time_max_ = Millis{50};
  EXPECT_EQ(failure_of("ch/e").status, 504);
  EXPECT_EQ(provider_.asked().size(), 1);
}

TEST_F(EmbedderTest, PlansNobodyWhoMakesNoVectors) {
  connect("an", "one");
  connect("ch", "two");
  for (const std::string_view model : {"an/e", "ch/m", "nobody/e", ""}) {
    EXPECT_EQ(failure_of(model).status, 400) << model;
  }
  EXPECT_TRUE(provider_.asked().empty());
}

TEST_F(EmbedderTest, GoesOnToTheNextTargetOfACombo) {
  connect("ol", "one");
  connect("ch", "two");
  add_combo("both", R"({"models":["ol/e","ch/e"]})");
  provider_.play("one", {json_reply("{}", 500)});
  EXPECT_EQ(vectors_of("both"), (Vectors{{1, 2}}));
}

TEST_F(EmbedderTest, CountsAsNoConversation) {
  connect("ch", "one");
  EXPECT_EQ(vectors_of("ch/e").size(), 1);
  EXPECT_TRUE(sessions_.all().empty());
}

}  // namespace
}  // namespace omni::pipeline
