#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "catalog/quirk.h"
#include "chat/event.h"
#include "chat/request.h"
#include "dialect/codec.h"

namespace omni::adapt {

/// What a step may know of the provider and the model that a request goes to.
struct Facts {
  std::string provider;  // who seals: its id; the account's where seals open for one account alone
  std::int64_t output_tokens_max = 0;    // 0: not known
  std::int64_t thinking_tokens_max = 0;  // 0: not known
};

/// A sink that changes events on their way to the next one.
class EventFilter : public chat::EventSink {
 public:
  explicit EventFilter(chat::EventSink& next) : next_(next) {}

 protected:
  chat::EventSink& next_;
};

/// Which requests a step can change at all, so that the others may go as bytes: those that have one
/// of the members at the top level of their body, or the word anywhere in it.
struct Concern {
  std::array<std::string_view, 8> members = {};
  std::string_view word = {};
  bool any = true;  // cannot be told so easily
};

/// What one quirk does: to the request, to how it is encoded, to the reply; any of the three.
struct Step {
  catalog::Quirk quirk{};
  std::string_view what;  // a sentence for people
  void (*request)(chat::Request&, const Facts&) = nullptr;
  void (*hints)(dialect::EncodeHints&) = nullptr;
  std::unique_ptr<EventFilter> (*events)(const chat::Request&, chat::EventSink& next) = nullptr;
  Concern concern = {};
};

/// One row for each quirk, in the order in which they apply.
std::span<const Step> steps();

// The steps themselves, each beside what belongs to it.

// conversation.cc
void developer_as_system(chat::Request& request, const Facts& facts);
void one_system_message(chat::Request& request, const Facts& facts);
void system_as_user(chat::Request& request, const Facts& facts);
void text_as_string(chat::Request& request, const Facts& facts);
void add_cache_marks(chat::Request& request, const Facts& facts);

// parameters.cc
void no_sampling(chat::Request& request, const Facts& facts);
void temperature_or_top_p(chat::Request& request, const Facts& facts);
void no_stop(chat::Request& request, const Facts& facts);
void no_metadata(chat::Request& request, const Facts& facts);
void no_end_user(chat::Request& request, const Facts& facts);
void no_stream_usage(chat::Request& request, const Facts& facts);
void no_parallel_switch(chat::Request& request, const Facts& facts);
void no_forced_tools(chat::Request& request, const Facts& facts);
void no_strict(chat::Request& request, const Facts& facts);
void codex_backend(chat::Request& request, const Facts& facts);

// output_format.cc
void schema_in_words(chat::Request& request, const Facts& facts);
void json_without_schema(chat::Request& request, const Facts& facts);
void schema_without_tools(chat::Request& request, const Facts& facts);
/// No quirk: a codec asks in words as well, where its dialect has no other way.  Nothing for an
/// answer that may be any text.
std::unique_ptr<EventFilter> strip_fences(const chat::Request& request, chat::EventSink& next);

// thinking.cc
void no_thinking(chat::Request& request, const Facts& facts);
void no_thinking_history(chat::Request& request, const Facts& facts);
void adaptive_thinking(chat::Request& request, const Facts& facts);
void thought_signatures(chat::Request& request, const Facts& facts);

// think_tags.cc
std::unique_ptr<EventFilter> extract_think_tags(const chat::Request& request,
                                                chat::EventSink& next);

}  // namespace omni::adapt
