#include "dialect/openai_chat/wire.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "dialect/ids.h"
#include "json/scratch_reader.h"

namespace omni::dialect::openai_chat {
namespace {

using chat::Finish;

/// The first row of a finish has the word that we write; the others are what providers say that
/// only resemble OpenAI.  Words that mean stop need no row.
struct FinishWord {
  std::string_view word;
  Finish finish;
};
constexpr std::array<FinishWord, 18> finish_words{{
    {"stop", Finish::stop},
    {"length", Finish::length},
    {"tool_calls", Finish::tool_calls},
    {"content_filter", Finish::content_filter},
    {"function_call", Finish::tool_calls},
    {"max_tokens", Finish::length},
    {"max_length", Finish::length},
    {"model_length", Finish::length},
    {"model_context_window_exceeded", Finish::length},
    {"insufficient_system_resource", Finish::length},
    {"tool_call", Finish::tool_calls},
    {"tool_use", Finish::tool_calls},
    {"content_filtered", Finish::content_filter},
    {"recitation", Finish::content_filter},
    {"refusal", Finish::content_filter},
    {"safety", Finish::content_filter},
    {"sensitive", Finish::content_filter},
    {"pause_turn", Finish::paused},
}};

/// Reads a count as generously as it may be written; nothing that is no number, never a negative.
std::int64_t count_of(json::Value value) {
  return value.kind() == json::Kind::number ? whole_part(value) : 0;
}

/// The counts of a usage object before they are made disjoint.
struct Counts {
  std::int64_t prompt = 0, completion = 0, total = 0;
  std::int64_t cached = 0, cache_write = 0, prompt_audio = 0;
  std::int64_t reasoning = 0, completion_audio = 0;
};

/// Every name under which a provider says a count, at the top or among the details.
struct CountName {
  std::string_view name;
  std::int64_t Counts::*count;
};
constexpr std::array<CountName, 11> count_names{{
    {"prompt_tokens", &Counts::prompt},
    {"completion_tokens", &Counts::completion},
    {"total_tokens", &Counts::total},
    {"input_tokens", &Counts::prompt},
    {"output_tokens", &Counts::completion},
    {"cached_tokens", &Counts::cached},
    {"prompt_cache_hit_tokens", &Counts::cached},
    {"cache_read_input_tokens", &Counts::cached},
    {"cache_creation_input_tokens", &Counts::cache_write},
    {"cache_write_tokens", &Counts::cache_write},
    {"reasoning_tokens", &Counts::reasoning},
}};
constexpr std::array<CountName, 4> prompt_detail_names{{
    {"cached_tokens", &Counts::cached},
    {"cache_creation_tokens", &Counts::cache_write},
    {"cache_write_tokens", &Counts::cache_write},
    {"audio_tokens", &Counts::prompt_audio},
}};
constexpr std::array<CountName, 2> completion_detail_names{{
    {"reasoning_tokens", &Counts::reasoning},
    {"audio_tokens", &Counts::completion_audio},
}};

/// What stands there twice under several names is counted once.
template <class Names>
bool read_count(const Names& names, std::string_view key, json::Value value, Counts& counts) {
  const auto row = std::ranges::find(names, key, &CountName::name);
  if (row == names.end()) return false;
  std::int64_t& count = counts.*row->count;
  count = std::max(count, count_of(value));
  return value.kind() == json::Kind::number;
}

template <class Names>
void read_details(const Names& names, json::Value details, Counts& counts) {
  if (details.kind() != json::Kind::object) return;
  for (const auto [key, value] : details.members()) read_count(names, key, value, counts);
}

/// Takes as much of `from` as there is.
std::int64_t take(std::int64_t& from, std::int64_t tokens) {
  tokens = std::min(from, tokens);
  from -= tokens;
  return tokens;
}

chat::Usage disjoint(const Counts& counts) {
  chat::Usage usage;
  std::int64_t input = counts.prompt;
  usage.input_cache_read = take(input, counts.cached);
  usage.input_cache_write = take(input, counts.cache_write);
  usage.input_audio = take(input, counts.prompt_audio);
  usage.input_fresh = input;

  std::int64_t output = counts.completion;
  // Some count the thoughts beside the completion instead of in it, which the total gives away.
  if (counts.total == counts.prompt + counts.completion + counts.reasoning) {
    output += counts.reasoning;
  }
  usage.output_reasoning = take(output, counts.reasoning);
  usage.output_audio = take(output, counts.completion_audio);
  usage.output_text = output;
  return usage;
}

}  // namespace

bool says_something(json::Value value) {
  return !holds_nothing(value) &&
         (value.kind() != json::Kind::object || value.members().begin() != value.members().end());
}

chat::Extras without(const chat::Extras& extras, std::span<const std::string_view> names) {
  chat::Extras kept = extras;
  std::erase_if(kept.members, [&](const auto& member) {
    return std::ranges::find(names, wire_name(member.first)) != names.end();
  });
  return kept;
}

void Rest::add(std::string_view name, json::Value value) {
  says_something_ |= says_something(value);
  add(name, value.slice());
}

void Rest::add(std::string_view name, std::string_view json) {
  object_ += object_.empty() ? "{\"" : ",\"";
  append_json_escaped(object_, name);
  object_ += "\":";
  object_ += json;
}

std::string Rest::take() && {
  if (!object_.empty()) object_ += '}';
  return std::move(object_);
}

void Rest::keep_as(std::string_view name, chat::Extras& extras) && {
  std::string object = std::move(*this).take();
  if (object.empty()) return;
  extras.dialect = own;
  std::string key = says_something_ ? std::string() : std::string(1, carried);
  extras.members.emplace_back(key.append(name), json::Raw::trusted(std::move(object)));
}

void end_with_rest(ObjectWriter& object, const chat::Extras& extras, std::string_view name) {
  Losses none;
  for (const auto& [key, rest] : extras.members) {
    if (extras.dialect == own && wire_name(key) == name) {
      object.extras(members_of(rest.text()), none);
    }
  }
  object.end();
}

chat::Extras members_of(std::string_view object) {
  chat::Extras found;
  found.dialect = own;
  if (!object.starts_with('{')) return found;
  // In an array, for the reader refuses a text with two members of one name at its top.
  std::string wrapped = "[";
  wrapped.append(object).push_back(']');
  const json::ScratchReader reader;
  for (const json::Value item : reader->read(wrapped).items()) {
    for (const auto [key, value] : item.members()) keep(found, key, value);
  }
  return found;
}

Finish finish_of(std::string_view word) {
  for (const FinishWord& row : finish_words) {
    if (equals_ignoring_case(row.word, word)) return row.finish;
  }
  return Finish::stop;
}

std::string_view finish_word(Finish finish, std::string_view own_word) {
  if (!own_word.empty() && finish_of(own_word) == finish) return own_word;
  if (finish == Finish::paused) return "stop";
  return std::ranges::find(finish_words, finish, &FinishWord::finish)->word;
}

bool is_stop_sequence(std::string_view stop_reason) {
  constexpr std::array<std::string_view, 3> words_for_stop{"end_turn", "eos", "stop_sequence"};
  return !stop_reason.empty() &&
         std::ranges::find(words_for_stop, stop_reason) == words_for_stop.end() &&
         std::ranges::none_of(finish_words, [&](const FinishWord& row) {
           return equals_ignoring_case(row.word, stop_reason);
         });
}

std::int64_t whole_part(json::Value number) {
  constexpr double most = 1e15;
  return static_cast<std::int64_t>(std::clamp(number.number(), 0.0, most));
}

std::optional<chat::Usage> read_usage(json::Value usage) {
  if (usage.kind() != json::Kind::object) return std::nullopt;
  Counts counts;
  bool counted = false;
  for (const auto [key, value] : usage.members()) {
    if (key == "prompt_tokens_details" || key == "input_tokens_details") {
      read_details(prompt_detail_names, value, counts);
    } else if (key == "completion_tokens_details" || key == "output_tokens_details") {
      read_details(completion_detail_names, value, counts);
    } else {
      counted |= read_count(count_names, key, value, counts);
    }
  }
  if (!counted) return std::nullopt;
  chat::Usage read = disjoint(counts);
  read.wire = chat::Opaque{own, usage.raw()};
  return read;
}

void write_usage(json::Writer& out, const chat::Usage& usage) {
  if (usage.wire && usage.wire->dialect == own) {
    out.raw(usage.wire->item);
    return;
  }
  const std::int64_t cache_write = usage.input_cache_write + usage.input_cache_write_1h;
  out.begin_object();
  out.key("prompt_tokens").integer(usage.input());
  out.key("completion_tokens").integer(usage.output());
  out.key("total_tokens").integer(usage.input() + usage.output());
  out.key("prompt_tokens_details").begin_object();
  out.key("cached_tokens").integer(usage.input_cache_read);
  if (cache_write > 0) {
    // The older name is what gateways agreed on before OpenAI had one.
    out.key("cache_creation_tokens").integer(cache_write);
    out.key("cache_write_tokens").integer(cache_write);
  }
  if (usage.input_audio > 0) out.key("audio_tokens").integer(usage.input_audio);
  out.end_object();
  out.key("completion_tokens_details").begin_object();
  out.key("reasoning_tokens").integer(usage.output_reasoning);
  if (usage.output_audio > 0) out.key("audio_tokens").integer(usage.output_audio);
  out.end_object().end_object();
}

void read_arguments(json::Value value, chat::ToolCall& call, chat::Extras& extras) {
  if (!value || value.is_null()) {
    spell(extras, spelled::no_arguments);
    return;
  }
  if (value.kind() == json::Kind::object) {
    spell(extras, spelled::object_arguments);
    call.input = value.slice();
    return;
  }
  call.input = value.text();
  if (call.input.empty()) spell(extras, spelled::empty_arguments);
  chat::check_input(call);
}

ClientIds::ClientIds(chat::Dialect source, std::string_view id, const ReplyStyle& style)
    : home_(source == own),
      reply_(home_ && !id.empty() ? std::string(id)
                                  : prefixed_id("chatcmpl-", id.empty() ? style.id : id)) {}

std::string ClientIds::of_call(const chat::ToolCall& call, int choice, int part,
                               Losses& losses) const {
  if (call.id.empty()) return made_id("call_", reply_, choice, part);
  if (home_) return call.id;
  std::string fitting = fitting_id(call.id, call_id_length_max);
  if (fitting != call.id) losses.add(loss::call_id);
  return fitting;
}

chat::Failure broken_off_failure() {
  chat::Failure failure;
  failure.status = 502;
  failure.message = "Upstream broke off its answer";
  return failure;
}

}  // namespace omni::dialect::openai_chat
