// {"model":"m","created_at":"…","message":{"role":"assistant","content":""},"done":true,
//  "done_reason":"load" | "unload"}

#include "dialect/ollama/load.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "dialect/codec.h"
#include "dialect/ollama/wire.h"
#include "json/scratch_reader.h"

namespace omni::dialect::ollama {
namespace {

/// After no time at all: 0 or "0s".
bool unloads(const json::Envelope& body) {
  constexpr std::array<std::string_view, 5> words{"0", R"("0")", R"("0s")", R"("0m")", R"("0h")"};
  const json::Envelope::Member* time = body.find("keep_alive");
  return time != nullptr && std::ranges::find(words, time->value) != words.end();
}

std::string model_of(const json::Envelope& body) {
  const json::Envelope::Member* model = body.find("model");
  if (model == nullptr) return {};
  const json::ScratchReader reader;
  return std::string(reader->read(model->value).text());
}

}  // namespace

bool only_loads(const json::Envelope& body) {
  const json::Envelope::Member* messages = body.find("messages");
  if (messages == nullptr) return true;
  const json::ScratchReader reader;
  const json::Value said = reader->read(messages->value);
  if (said.kind() != json::Kind::array) return said.is_null();
  const auto items = said.items();
  return !(items.begin() != items.end());
}

std::string encode_loaded(const json::Envelope& body, std::int64_t now) {
  chat::Reply reply{.source = own, .model = model_of(body)};
  chat::Choice& choice = reply.choices.emplace_back();
  choice.finish_word = unloads(body) ? "unload" : "load";
  ReplyStyle style;
  style.now = now;
  Losses losses;
  return codec_for(own).encode_reply(reply, style, losses);
}

}  // namespace omni::dialect::ollama
