#include "route/resolve.h"

#include "route/test_directory.h"

namespace omni::route {
namespace {

class ResolveTest : public testing::DirectoryTest {
 protected:
  /// "provider model ending", or the error's words.
  std::string resolved(std::string_view name) { return told(resolve(directory(), name)); }
  std::string resolved_at(std::string_view provider, std::string_view name) {
    const Directory& with = directory();
    return told(resolve_at(with, *with.find_provider(provider), name));
  }
  static std::string told(const Result<Plan>& plan) {
    if (!plan) return plan.error().message();
    if (plan->targets.size() != 1) return std::to_string(plan->targets.size()) + " targets";
    const catalog::Target& target = plan->targets[0];
    std::string text = target.provider->id + " " + target.model_id;
    if (!target.ending.empty()) text += " " + target.ending;
    if (target.model == nullptr) text += " (not listed)";
    return text;
  }
};

TEST_F(ResolveTest, RefusesWhatIsNoName) {
  connect("acme");
  const std::string invalid = "Invalid model format";
  EXPECT_EQ(resolved(""), "Missing model");
  EXPECT_EQ(resolved("[1m]"), "Missing model");
  EXPECT_EQ(resolved("acme/../x"), invalid);
  EXPECT_EQ(resolved("acme/a\nb"), invalid);
  EXPECT_EQ(resolved("acme/a\x7f"), invalid);
  EXPECT_EQ(resolved("acme/"), invalid);
  EXPECT_EQ(resolved("acme/[1m]"), invalid);
  EXPECT_EQ(resolved("acme/" + std::string(252, 'a')), invalid);
  EXPECT_NE(resolved("acme/" + std::string(251, 'a')), invalid);
}

TEST_F(ResolveTest, GoesToTheProviderThatTheNameSays) {
  connect("acme");
  EXPECT_EQ(resolved("acme/acme-1"), "acme acme-1");
  EXPECT_EQ(resolved("AC/acme-1"), "acme acme-1");
  EXPECT_EQ(resolved("ac/team/slashed-1"), "acme team/slashed-1");
  EXPECT_EQ(resolved("ac/new-one"), "acme new-one (not listed)");
}

TEST_F(ResolveTest, NamesTheProviderThatLacksAnAccount) {
  EXPECT_EQ(resolved("ac/acme-1"), "No credentials for provider: acme");
  EXPECT_EQ(resolved("acme-1"), "No credentials for provider: acme");
  EXPECT_EQ(resolve(directory(), "ac/acme-1").error().kind(), Error::Kind::bad_request);
}

TEST_F(ResolveTest, SaysWhyANameWithoutAProviderLacksTheAccountOfOneThatItDoesNotName) {
  EXPECT_EQ(resolved("something"),
            "No credentials for provider: openai. Nobody who has an account lists the model "
            "something, and such a name without a provider goes to openai. To ask another, write "
            "provider/model");
  EXPECT_TRUE(resolved("gpt-new").starts_with("No credentials for provider: openai. Nobody "));
  EXPECT_TRUE(
      resolved("claude-new").starts_with("No credentials for provider: anthropic. Nobody "));
  connect("openai");
  EXPECT_EQ(resolve(directory(), "something")->reasons,
            (std::vector<std::string>{"nobody who has an account lists it; such a name without a "
                                      "provider goes to openai"}));
}

TEST_F(ResolveTest, SaysThatAProviderIsUnknownAndNotThatItLacksAnAccount) {
  EXPECT_EQ(
      resolved("nobody/acme-1"),
      "Unknown provider: nobody. No provider and no account is called so, and nobody lists the "
      "model nobody/acme-1");
  EXPECT_EQ(resolve(directory(), "nobody/acme-1").error().kind(), Error::Kind::bad_request);
}

TEST_F(ResolveTest, RefusesUnlistedModelsWhereTheProviderTakesNone) {
  connect("shut");
  EXPECT_EQ(resolved("shut/shut-1"), "shut shut-1");
  const auto plan = resolve(directory(), "shut/shut-2");
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind(), Error::Kind::not_found);
  EXPECT_EQ(plan.error().message(), "The provider shut has no model shut-2");
  EXPECT_TRUE(resolved("shut-2").starts_with("No credentials for provider: shut"))
      << "its own it is all the same, but it cannot be asked for";
}

TEST_F(ResolveTest, FindsANodeByItsPrefix) {
  add_node("lab");
  EXPECT_EQ(resolved("lab/llama"), "No credentials for provider: lab");
  connect("node-lab");
  EXPECT_EQ(resolve(directory(), "node-lab/llama")->reasons,
            (std::vector<std::string>{"node-lab names the provider lab"}));
  EXPECT_EQ(resolved("lab/meta/llama"), "node-lab meta/llama (not listed)");
  EXPECT_EQ(resolved("node-lab/llama"), "node-lab llama (not listed)");
}

TEST_F(ResolveTest, ABareNameGoesToTheOnlyOneWhoListsItAndHasAnAccount) {
  connect("bolt");
  EXPECT_EQ(resolved("both-1"), "bolt both-1");
}

TEST_F(ResolveTest, ANameWithASlashMayBeAModelsOwn) {
  connect("acme");
  EXPECT_EQ(resolved("team/slashed-1"), "acme team/slashed-1");
  EXPECT_NE(resolved("team/other-1").find("Unknown provider: team"), std::string::npos);
}

TEST_F(ResolveTest, WhoListsExactlyTheNameAnswersForAProviderWithoutAnAccount) {
  EXPECT_EQ(resolved("groq/odd-1"), "No credentials for provider: groq");
  connect("acme");
  EXPECT_EQ(resolved("groq/odd-1"), "acme groq/odd-1");
  EXPECT_EQ(resolved("groq/other-1"), "No credentials for provider: groq");
  connect("groq");
  EXPECT_EQ(resolved("groq/odd-1"), "groq odd-1 (not listed)");
}

TEST_F(ResolveTest, WhatANodeListsMayBeginLikeAProvider) {
  for (const std::string prefix : {"lab", "den"}) {
    add_node(prefix);
    connect("node-" + prefix);
    ASSERT_TRUE(store::put_custom_model(
        session(), {.provider = prefix, .id = "meta-llama/big", .name = "", .source = "imported"}));
    if (prefix == "lab") EXPECT_EQ(resolved("meta-llama/big"), "node-lab meta-llama/big");
  }
  EXPECT_NE(resolved("meta-llama/big").find("(ex: "), std::string::npos) << "two list it";
}

TEST_F(ResolveTest, AsksForAPrefixWhereSeveralCouldAnswer) {
  connect("acme");
  connect("bolt");
  EXPECT_EQ(resolved("both-1"),
            "Ambiguous model 'both-1'. Use provider/model prefix (ex: ac/both-1 or bo/both-1).");
}

TEST_F(ResolveTest, WhatOnlyTheServerOfANodeListsDoesNotMakeANameAmbiguous) {
  add_node("lab");
  connect("node-lab");
  const auto import = [&](std::string id) {
    ASSERT_TRUE(store::put_custom_model(
        session(), {.provider = "lab", .id = std::move(id), .name = "", .source = "imported"}));
  };
  import("both-1");
  import("llama");
  EXPECT_EQ(resolved("both-1"), "node-lab both-1");
  connect("acme");
  EXPECT_EQ(resolved("both-1"), "acme both-1");
  EXPECT_EQ(resolved("llama"), "node-lab llama");
  ASSERT_TRUE(store::put_custom_model(session(), {.provider = "lab", .id = "both-1", .name = ""}));
  EXPECT_NE(resolved("both-1").find("Ambiguous"), std::string::npos) << "somebody has chosen it";
}

TEST_F(ResolveTest, WhatIsBuiltInIsForWhoHasNothingElse) {
  EXPECT_EQ(resolved("echo"), "demo echo");
  add_node("lab");
  connect("node-lab");
  ASSERT_TRUE(store::put_custom_model(
      session(), {.provider = "lab", .id = "echo", .name = "", .source = "imported"}));
  EXPECT_EQ(resolved("echo"), "node-lab echo");
  EXPECT_EQ(resolved("demo/echo"), "demo echo");
}

TEST_F(ResolveTest, WhatOpenaiListsIsItsOwn) {
  connect("openai");
  connect("openrouter");
  connect("github-models");
  EXPECT_EQ(resolved("gpt-4o"), "openai gpt-4o");
}

TEST_F(ResolveTest, AModelIsAskedOfItsHomeByTheLongestPattern) {
  connect("acme");
  EXPECT_EQ(resolved("acme-new"), "acme acme-new (not listed)");
  EXPECT_EQ(resolved("acme-pro-new"), "acme acme-pro-new (not listed)");
  connect("bolt");
  EXPECT_EQ(resolved("acme-pro-new"), "bolt acme-pro-new (not listed)");
  EXPECT_EQ(resolved("ACME-Pro-1"), "bolt ACME-Pro-1 (not listed)");
}

TEST_F(ResolveTest, TheHomesOfAFamilyStandInForEachOther) {
  connect("claude");
  EXPECT_EQ(resolved("claude-new"), "claude claude-new (not listed)");
  connect("anthropic");
  EXPECT_EQ(resolved("claude-new"), "anthropic claude-new (not listed)");
}

TEST_F(ResolveTest, WhateverIsNobodysIsAskedOfOpenai) {
  connect("openai");
  EXPECT_EQ(resolved("something"), "openai something (not listed)");
  EXPECT_NE(resolved("some/thing").find("Unknown provider: some"), std::string::npos);
  EXPECT_TRUE(resolved("claude-new").starts_with("No credentials for provider: anthropic"))
      << "others' models are not sent there";
}

TEST_F(ResolveTest, AnAliasGoesBeforeEverything) {
  connect("acme");
  connect("openai");
  alias("gpt-4o", "ac/acme-1");
  alias("groq/fast", "gpt-4o");
  EXPECT_EQ(resolved("gpt-4o"), "acme acme-1");
  EXPECT_EQ(resolved("groq/fast"), "acme acme-1");
}

TEST_F(ResolveTest, APatternIsForNamesWithoutAProvider) {
  connect("acme");
  connect("openai");
  wildcard_aliases(R"([{"pattern": "*", "target": "ac/acme-1"}])");
  EXPECT_EQ(resolved("whatever"), "acme acme-1");
  EXPECT_EQ(resolved("some-team/whatever"), "acme acme-1");
  EXPECT_EQ(resolved("openai/gpt-4o"), "openai gpt-4o");
}

TEST_F(ResolveTest, APatternMayStandForANameThatFitsIt) {
  connect("openai");
  alias("gpt-4*", "gpt-4o");
  EXPECT_EQ(resolved("gpt-4-turbo"), "openai gpt-4o");
}

TEST_F(ResolveTest, AliasesThatLeadInACircleAreRefused) {
  connect("acme");
  alias("one", "two");
  alias("two", "one");
  alias("self", "self");
  EXPECT_EQ(resolved("one"), "Aliases lead in a circle");
  EXPECT_TRUE(resolved("self").starts_with("No credentials for provider: openai"));
}

TEST_F(ResolveTest, TheMarkOfALongContextIsNoPartOfTheName) {
  connect("acme");
  alias("long", "ac/acme-1");
  for (const std::string_view name : {"ac/acme-1[1m]", "acme-1[1m]", "long[1m]"}) {
    const auto plan = resolve(directory(), name);
    ASSERT_TRUE(plan) << name;
    EXPECT_TRUE(plan->extended_context) << name;
    EXPECT_EQ(told(plan), "acme acme-1") << name;
  }
  EXPECT_FALSE(resolve(directory(), "acme-1")->extended_context);
  const Directory& with = directory();
  const auto plan = resolve_at(with, *with.find_provider("acme"), "acme-1[1m]");
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->extended_context);
  EXPECT_EQ(told(plan), "acme acme-1");
}

TEST_F(ResolveTest, AnEndingSwitchesTheThinkingOfAListedModel) {
  connect("acme");
  EXPECT_EQ(resolved("ac/acme-1-thinking"), "acme acme-1 -thinking");
  EXPECT_EQ(resolved("ac/acme-1-xhigh"), "acme acme-1 -xhigh");
  EXPECT_EQ(resolved("ac/unheard-high"), "acme unheard-high (not listed)");
  EXPECT_EQ(resolved("acme-1-low"), "acme acme-1 -low");
  EXPECT_EQ(resolved("both-1-high"), "acme both-1 -high");
}

TEST_F(ResolveTest, SaysWhyItUnderstoodTheNameSo) {
  connect("acme");
  alias("fast", "ac/acme-1-high");
  EXPECT_EQ(
      resolve(directory(), "fast")->reasons,
      (std::vector<std::string>{"fast is an alias of ac/acme-1-high", "ac names the provider acme",
                                "-high switches the thinking of acme-1"}));
}

TEST_F(ResolveTest, AtAProvidersOwnPathThePrefixMayBeLeftOut) {
  connect("acme");
  for (const std::string_view name : {"acme-1", "ac/acme-1", "acme/acme-1"}) {
    EXPECT_EQ(resolved_at("acme", name), "acme acme-1") << name;
  }
  EXPECT_EQ(resolved_at("ac", "new"), "acme new (not listed)");
  EXPECT_EQ(resolved_at("ac", ""), "Missing model");
  EXPECT_EQ(resolved_at("bolt", "both-1"), "No credentials for provider: bolt");
}

TEST_F(ResolveTest, AtAProvidersOwnPathIdsMayHoldSlashes) {
  connect("acme");
  EXPECT_EQ(resolved_at("acme", "team/slashed-1"), "acme team/slashed-1");
  EXPECT_EQ(resolved_at("acme", "team/new"), "acme team/new (not listed)");
  EXPECT_EQ(resolved_at("acme", "groq/odd-1"), "acme groq/odd-1");
  EXPECT_EQ(resolved_at("acme", "ac/groq/odd-1"), "acme groq/odd-1");
}

TEST_F(ResolveTest, AtAProvidersOwnPathAnotherOneMayNotBeNamed) {
  connect("acme");
  EXPECT_EQ(resolved_at("acme", "groq/new"),
            "Model \"groq/new\" does not belong to provider \"acme\". Expected prefix: ac/");
}

}  // namespace
}  // namespace omni::route
