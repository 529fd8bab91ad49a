// {"model":"m","created_at":"…","message":{"role":"assistant","content":""},"done":true,
//  "done_reason":"load" | "unload"}

#include "pipeline/ollama_load.h"

#include <algorithm>
#include <array>

#include "dialect/codec.h"
#include "json/scratch_reader.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;

bool says_nothing(const Draft& draft) {
  const json::Envelope::Member* messages = draft.body.find("messages");
  if (messages == nullptr) return true;
  const json::ScratchReader reader;
  const json::Value said = reader->read(messages->value);
  if (said.kind() != json::Kind::array) return said.is_null();
  const auto items = said.items();
  return !(items.begin() != items.end());
}

/// After no time at all: 0 or "0s".
bool unloads(const Draft& draft) {
  constexpr std::array<std::string_view, 5> words{"0", R"("0")", R"("0s")", R"("0m")", R"("0h")"};
  const json::Envelope::Member* time = draft.body.find("keep_alive");
  return time != nullptr && std::ranges::find(words, time->value) != words.end();
}

}  // namespace

bool only_loads(const Inquiry& inquiry) {
  if (inquiry.draft().body_dialect != Dialect::ollama || !says_nothing(inquiry.draft())) {
    return false;
  }
  const catalog::Target& target = inquiry.plan().targets.front();
  const auto loads = [&](const store::Connection* connection) {
    const account::Account* account = inquiry.view().roster.find(*target.provider, connection);
    return account != nullptr && account->find_base(Dialect::ollama) != nullptr;
  };
  return std::ranges::none_of(inquiry.candidates(target), loads);
}

net::Task<Status> reply_loaded(net::Exchange& exchange, const Inquiry& inquiry, Clock::Wall now) {
  chat::Reply reply{.source = Dialect::ollama, .model = inquiry.draft().model};
  chat::Choice& choice = reply.choices.emplace_back();
  choice.finish_word = unloads(inquiry.draft()) ? "unload" : "load";
  dialect::ReplyStyle style;
  style.now = to_millis(now) / 1000;
  dialect::Losses losses;
  co_return co_await exchange.reply_json(
      200, dialect::codec_for(Dialect::ollama).encode_reply(reply, style, losses));
}

}  // namespace omni::pipeline
