#include "upstream/upstream.h"

#include <gtest/gtest.h>

#include "net/test_net.h"
#include "upstream/test_provider.h"

namespace omni::upstream {
namespace {

using account::Account;
using catalog::Auth;
using chat::Dialect;
using testing::Asked;
using testing::Provider;
using testing::Reply;

class UpstreamTest : public ::testing::Test {
 protected:
  UpstreamTest() {
    provider_.id = "acme";
    provider_.private_address = true;
    provider_.endpoints = {{.dialect = Dialect::openai_chat, .base = fake_.url() + "/v1"}};
    connection_.api_key = Secret("sk-1");
    fake_.play(testing::json_reply("{}"));
    start({.user_agent = "omni/1"});
  }
  void start(Upstream::Options options) {
    upstream_.reset();
    upstream_ = std::make_unique<Upstream>(world_.loops, *tls_, clock_, std::move(options));
  }
  /// "200 body", or the error's words; then what the provider was asked is in `asked_`.
  std::string ask(const dialect::Outbound& outbound = {.path = "/chat/completions"}) {
    return called([&](const Destination& to) { return upstream_->ask(to, outbound); });
  }
  std::string get(std::string_view path) {
    return called([&](const Destination& to) { return upstream_->get(to, path); });
  }
  Error::Kind failure() const { return failure_.value(); }

  template <class Call>
  std::string called(const Call& call) {
    const Account account = account::prepare(provider_, &connection_, {});
    const account::Base unfilled;
    const Destination to{&account, account.bases.empty() ? &unfilled : &account.bases[0]};
    std::string said;
    world_.run([&]() -> net::Task<> {
      Result<std::unique_ptr<Answer>> answer = co_await call(to);
      if (!answer) {
        failure_ = answer.error().kind();
        said = answer.error().message();
        co_return;
      }
      const Result<std::string> body = co_await net::read_all((*answer)->body(), 1 << 20);
      said = std::to_string((*answer)->status()) + " " +
             (body ? *body : "broken: " + body.error().message());
    });
    asked_ = fake_.last_asked();
    return said;
  }

  Provider fake_;
  net::testing::World world_;
  SystemClock clock_;
  std::unique_ptr<net::ClientTls> tls_ = *net::ClientTls::make({});
  std::unique_ptr<Upstream> upstream_;
  catalog::Provider provider_;
  store::Connection connection_{.id = "c", .provider = "acme"};
  Asked asked_;
  std::optional<Error::Kind> failure_;
};

TEST_F(UpstreamTest, BringsTheBodyToThePathBehindTheBase) {
  fake_.play(testing::json_reply(R"({"good":true})", 201));
  EXPECT_EQ(ask({.path = "/chat/completions", .body = R"({"model":"m"})"}), R"(201 {"good":true})");
  EXPECT_EQ(asked_.method, "POST");
  EXPECT_EQ(asked_.target, "/v1/chat/completions");
  EXPECT_EQ(asked_.body, R"({"model":"m"})");
  EXPECT_EQ(asked_.field("content-type"), "application/json");
}

TEST_F(UpstreamTest, AProviderMayHaveAPathOfItsOwn) {
  provider_.endpoints[0].path = "/ask";
  ask();
  EXPECT_EQ(asked_.target, "/v1/ask");
}

TEST_F(UpstreamTest, AListIsGotWithoutABody) {
  get("/models");
  EXPECT_EQ(asked_.method, "GET");
  EXPECT_EQ(asked_.target, "/v1/models");
  EXPECT_EQ(asked_.field("authorization"), "Bearer sk-1");
  EXPECT_EQ(asked_.field("content-type"), "");
}

TEST_F(UpstreamTest, ShowsTheKeyAsABearer) {
  provider_.auth.scheme = Auth::Scheme::bearer;
  ask();
  EXPECT_EQ(asked_.field("authorization"), "Bearer sk-1");
}

TEST_F(UpstreamTest, ShowsTheKeyInAFieldWithAPrefix) {
  provider_.auth = {.scheme = Auth::Scheme::field, .name = "x-api-key", .prefix = "Token "};
  ask();
  EXPECT_EQ(asked_.field("x-api-key"), "Token sk-1");
  EXPECT_EQ(asked_.field("authorization"), "");
}

TEST_F(UpstreamTest, ShowsTheKeyInTheQuery) {
  provider_.auth = {.scheme = Auth::Scheme::query, .name = "key", .prefix = {}};
  connection_.api_key = Secret("a&b c");
  ask({.path = "/models/m:generate"});
  EXPECT_EQ(asked_.target, "/v1/models/m:generate?key=a%26b%20c");
  ask({.path = "/models/m:stream?alt=sse"});
  EXPECT_EQ(asked_.target, "/v1/models/m:stream?alt=sse&key=a%26b%20c");
  EXPECT_EQ(asked_.field("authorization"), "");
}

TEST_F(UpstreamTest, ShowsNothingWhereThereIsNoKeyOrNoneIsWanted) {
  connection_.api_key = Secret();
  ask();
  EXPECT_EQ(asked_.field("authorization"), "");
  connection_.api_key = Secret("sk-1");
  provider_.auth.scheme = Auth::Scheme::none;
  ask();
  for (const auto& [name, value] : asked_.fields) {
    EXPECT_EQ(value.find("sk-1"), std::string::npos) << name;
  }
}

TEST_F(UpstreamTest, AKeyThatHoldsALineIsSentToNobody) {
  connection_.api_key = Secret("sk-1\r\nx-admin: yes");
  ask();
  EXPECT_EQ(failure(), Error::Kind::bad_request);
  EXPECT_TRUE(fake_.asked().empty());
}

TEST_F(UpstreamTest, TheProvidersOwnFieldsGoAlongUnlessTheDialectSaysThemItself) {
  provider_.fields = {{"anthropic-version", "2023-06-01"}, {"x-app", "cli"}};
  ask({.path = "/messages", .headers = {{"Anthropic-Version", "2025-01-01"}, {"accept", "a/b"}}});
  EXPECT_EQ(asked_.field("anthropic-version"), "2025-01-01");
  EXPECT_EQ(asked_.field("x-app"), "cli");
  EXPECT_EQ(asked_.field("accept"), "a/b");
}

TEST_F(UpstreamTest, SaysWhoItIsOnceInTheWordsOfTheAccountOfTheProviderOrInOurs) {
  ask();
  EXPECT_EQ(asked_.field("user-agent"), "omni/1");
  provider_.fields = {{"user-agent", "cli/2"}};
  ask();
  EXPECT_EQ(asked_.field("user-agent"), "cli/2");
  connection_.data = json::Raw::trusted(R"({"customUserAgent":"mine/3"})");
  ask();
  EXPECT_EQ(asked_.field("user-agent"), "mine/3");
}

TEST_F(UpstreamTest, FillsTheAccountsDataIntoTheAddress) {
  provider_.endpoints[0].base = fake_.url() + "/{account}/v1";
  connection_.data = json::Raw::trusted(R"({"account":"mine"})");
  ask();
  EXPECT_EQ(asked_.target, "/mine/v1/chat/completions");
  connection_.data = json::Raw::trusted("{}");
  EXPECT_EQ(ask(), "the connection's providerSpecificData lacks account");
  EXPECT_EQ(failure(), Error::Kind::bad_request);
}

TEST_F(UpstreamTest, AGuardedAddressIsNotCalled) {
  provider_.private_address = false;
  ask();
  EXPECT_EQ(failure(), Error::Kind::forbidden);
  EXPECT_TRUE(fake_.asked().empty());
  start({.user_agent = "omni/1", .private_addresses = true});
  EXPECT_EQ(ask(), "200 {}");
  provider_.endpoints[0].base = "http://169.254.169.254/latest";
  ask();
  EXPECT_EQ(failure(), Error::Kind::forbidden) << "whatever the operator says";
}

TEST_F(UpstreamTest, ABadAnswerIsAnAnswer) {
  fake_.play(testing::json_reply("no", 500));
  EXPECT_EQ(ask(), "500 no");
  Reply elsewhere = testing::json_reply("", 302);
  elsewhere.fields = {{"location", fake_.url() + "/other"}};
  fake_.play(elsewhere);
  EXPECT_EQ(ask(), "302 ");
  EXPECT_EQ(fake_.asked().size(), 2U) << "nobody follows to where it leads";
}

TEST_F(UpstreamTest, WhoDoesNotAnswerInTimeIsGivenUp) {
  fake_.play(testing::no_reply());
  start({.times = {.first_byte = Millis{20}}});
  ask();
  EXPECT_EQ(failure(), Error::Kind::timed_out);
  EXPECT_TRUE(net::testing::eventually([&] { return fake_.left() == 1; }));
}

TEST_F(UpstreamTest, WhoFallsSilentIsGivenUp) {
  fake_.play(testing::stream_reply({"data: 1\n\n"}, Reply::End::silent));
  start({.times = {.idle = Millis{20}}});
  EXPECT_TRUE(ask().starts_with("200 broken: "));
  EXPECT_TRUE(net::testing::eventually([&] { return fake_.left() == 1; }));
}

TEST_F(UpstreamTest, AProviderThatIsBuiltInAnswersWithoutAServer) {
  provider_.hook = "demo";
  provider_.endpoints[0].base = "builtin:demo";
  const std::string said =
      ask({.path = "/chat/completions",
           .body = R"({"model":"echo","messages":[{"role":"user","content":"Hi"}]})"});
  EXPECT_TRUE(said.starts_with("200 ")) << said;
  EXPECT_NE(said.find(R"("content":"Hi")"), std::string::npos) << said;
  EXPECT_TRUE(get("/models").starts_with("200 "));
  EXPECT_TRUE(fake_.asked().empty());
}

TEST_F(UpstreamTest, AProviderThatIsBuiltInIsWaitedForNoLonger) {
  start({.times = {.first_byte = Millis{20}}});
  provider_.hook = "demo";
  provider_.endpoints[0].base = "builtin:demo";
  const std::string said =
      ask({.path = "/chat/completions",
           .body = R"({"model":"stall-head","messages":[{"role":"user","content":"Hi"}]})"});
  EXPECT_NE(said.find("first byte"), std::string::npos) << said;
}

}  // namespace
}  // namespace omni::upstream
