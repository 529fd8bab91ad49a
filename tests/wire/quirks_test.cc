// One case for each quirk, quirks/<name>.case: what goes out, and where the quirk is about the
// answer, what comes back.

#include <gtest/gtest.h>

#include <set>

#include "adapt/adaptation.h"
#include "chat/grammar.h"
#include "wire/case.h"
#include "wire/goldens.h"
#include "wire/json_text.h"

namespace omni::wire {
namespace {

using catalog::Quirk;
using chat::Dialect;

class QuirkCase {
 public:
  explicit QuirkCase(Quirk quirk)
      : scenario_(load_case("quirks/" + std::string(catalog::name_of(quirk)))),
        provider_(dialect_named(scenario_.hint("to")).value()),
        adaptation_({quirk}, {.provider = "the-provider", .output_tokens_max = 64000}, {},
                    memory_) {}

  const Case& scenario() const { return scenario_; }

  std::vector<Section> computed() {
    std::vector<Section> sections;
    for (const Dialect client : chat::all_dialects) {
      if (scenario_.find("request", client) == nullptr) continue;
      const RequestText text = request_of(scenario_, client);
      const Result<chat::Request> request =
          dialect::codec_for(client).decode_request({text.path, text.body});
      if (!request) throw std::runtime_error(request.error().message());
      sections.push_back(sent(*request));
      if (scenario_.find("stream", provider_) != nullptr) sections.push_back(told(*request));
    }
    return sections;
  }

 private:
  Section sent(chat::Request request) const {
    dialect::EncodeHints hints{
        .model = "upstream-model", .stream = request.stream, .want_usage = true};
    adaptation_.adapt(request);
    adaptation_.adapt(hints);
    const Result<dialect::Outbound> outbound =
        dialect::codec_for(provider_).encode_request(request, hints);
    if (!outbound) throw std::runtime_error(outbound.error().message());
    return {
        "sent",
        {std::string(chat::name_of(request.source)), "->", std::string(chat::name_of(provider_))},
        outbound->path + "\n" + pretty(outbound->body) + "\n"};
  }

  Section told(const chat::Request& request) const {
    std::string text;
    const auto encoder =
        dialect::codec_for(request.source).stream_encoder(dialect::ReplyStyle::of(request), text);
    chat::GrammarSink grammar(encoder.get());
    const auto chain = adaptation_.adapt_events(request, grammar);
    const auto decoder = dialect::codec_for(provider_).stream_decoder();
    decoder->feed(scenario_.find("stream", provider_)->text, *chain);
    decoder->finish(*chain);
    EXPECT_EQ(grammar.violation(), "");
    while (text.ends_with("\n\n")) text.pop_back();  // as a file of sections gives it back
    return {
        "told",
        {std::string(chat::name_of(provider_)), "->", std::string(chat::name_of(request.source))},
        text};
  }

  ManualClock clock_;
  adapt::SealMemory memory_{clock_, {}};
  Case scenario_;
  Dialect provider_;
  adapt::Adaptation adaptation_;
};

class Quirks : public testing::TestWithParam<std::size_t> {};

TEST_P(Quirks, DoWhatTheirCaseSays) {
  QuirkCase quirk(static_cast<Quirk>(GetParam()));
  const std::vector<Section> computed = quirk.computed();
  ASSERT_FALSE(computed.empty());
  if (wants_new_goldens()) {
    save_case(quirk.scenario(), computed);
    return;
  }
  const std::vector<Section>& golden = quirk.scenario().generated;
  ASSERT_EQ(golden.size(), computed.size()) << "UPDATE_GOLDEN=1 writes what is missing";
  for (std::size_t i = 0; i < golden.size(); ++i) {
    EXPECT_EQ(golden[i].heading(), computed[i].heading());
    EXPECT_EQ(golden[i].text, computed[i].text);
  }
}

INSTANTIATE_TEST_SUITE_P(Wire, Quirks, testing::Range(std::size_t{0}, catalog::quirk_count()),
                         [](const auto& row) {
                           return std::string(catalog::name_of(static_cast<Quirk>(row.param)));
                         });

}  // namespace
}  // namespace omni::wire
