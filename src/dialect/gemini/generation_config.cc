// How to answer:
//
//     "generationConfig": {"temperature": 1, "topP": 0.9, "topK": 40, "maxOutputTokens": 1000,
//                          "stopSequences": ["…"], "candidateCount": 1, "seed": 7,
//                          "presencePenalty": 0, "frequencyPenalty": 0,
//                          "responseMimeType": "application/json", "responseSchema": {…},
//                          "thinkingConfig": {"thinkingBudget": 1024, "includeThoughts": true}}
//
// From Gemini 3 on there is a "thinkingLevel" of "LOW" to "HIGH" for a budget.  `responseSchema`
// is Google's own schema, `responseJsonSchema` that of everyone.

#include <algorithm>
#include <limits>
#include <string>

#include "chat/effort.h"
#include "dialect/gemini/request.h"
#include "dialect/gemini/schema.h"

namespace omni::dialect::gemini {

using chat::OutputFormat;
using chat::Thinking;
using json::Value;

namespace {

constexpr std::string_view json_type = "application/json";

// ---- Reading

bool read_level(Thinking& thinking, Value value, std::uint32_t& spelling) {
  std::uint32_t bits = 0;
  std::string word = small_word(value, level_in_lower_case, bits);
  if (word.empty() || word == "thinking_level_unspecified") return false;
  thinking.effort = std::move(word);
  thinking.mode = Thinking::Mode::on;
  spelling |= bits;
  return true;
}

void read_budget(Thinking& thinking, std::int64_t budget) {
  thinking.budget_tokens = budget;
  thinking.mode = Thinking::Mode::on;
  if (budget == 0) thinking.mode = Thinking::Mode::off;
  if (budget < 0) thinking.mode = Thinking::Mode::adaptive;
}

void read_thinking(chat::Request& request, Value config, std::uint32_t& spelling) {
  Thinking& thinking = request.thinking;
  for (const auto [name, value] : config.members()) {
    if (!value.is_null()) {
      if (is(name, thinking_budget, spelling)) {
        read_budget(thinking, value.integer());
        continue;
      }
      if (is(name, include_thoughts, spelling)) {
        thinking.show_text = value.boolean();
        continue;
      }
      if (is(name, thinking_level, spelling) && read_level(thinking, value, spelling)) continue;
    }
    keep(request.extras, at_thinking_config, name, value);
  }
}

/// Whether it is one of the numbers.
bool read_number(chat::Request& request, std::string_view name, Value value,
                 std::uint32_t& spelling) {
  chat::Sampling& sampling = request.sampling;
  if (name == "temperature") {
    sampling.temperature = value.number();
  } else if (name == "seed") {
    sampling.seed = value.integer();
  } else if (is(name, top_p, spelling)) {
    sampling.top_p = value.number();
  } else if (is(name, top_k, spelling)) {
    sampling.top_k = value.integer();
  } else if (is(name, max_output_tokens, spelling)) {
    request.max_output_tokens = value.integer();
  } else if (is(name, candidate_count, spelling)) {
    sampling.choices = value.integer();
  } else if (is(name, presence_penalty, spelling)) {
    sampling.presence_penalty = value.number();
  } else if (is(name, frequency_penalty, spelling)) {
    sampling.frequency_penalty = value.number();
  } else {
    return false;
  }
  return true;
}

/// Whether there is nothing more to keep of the member.
bool read_format(chat::Request& request, std::string_view name, Value value,
                 std::uint32_t& spelling) {
  OutputFormat& format = request.format;
  if (is(name, response_mime_type, spelling)) {
    if (value.text() != json_type) return false;
    format.kind = OutputFormat::Kind::json;
    return true;
  }
  const bool googles = is(name, response_schema, spelling);
  if (!googles && !is(name, response_json_schema, spelling)) return false;
  if (format.schema) return false;
  if (googles) spelling |= in_response_schema;
  if (read_schema(format.schema, value, googles ? Words::googles : Words::unsure)) return true;
  if (format.schema) keep(request.extras, as_it_came, name, value);
  return format.schema.has_value();
}

}  // namespace

void read_generation_config(chat::Request& request, Value config, std::uint32_t& spelling) {
  for (const auto [name, value] : config.members()) {
    if (!value.is_null()) {
      if (read_number(request, name, value, spelling)) continue;
      if (read_format(request, name, value, spelling)) continue;
      if (is(name, stop_sequences, spelling) && take(request.sampling.stop, value)) continue;
      if (is(name, thinking_config, spelling) &&
          descend(value, [&](Value inner) { read_thinking(request, inner, spelling); }))
        continue;
    }
    keep(request.extras, at_generation_config, name, value);
  }
  OutputFormat& format = request.format;
  if (!format.schema) return;
  if (format.kind != OutputFormat::Kind::json) spelling |= mime_type_absent;
  format.kind = OutputFormat::Kind::schema;
}

// ---- Writing

namespace {

constexpr std::size_t stops_max = 5;
/// What the Gemini 2.5 models think at most; beyond it they refuse.  Some can do a little more.
constexpr std::int64_t budget_max = 24576;

class ConfigWriter {
 public:
  ConfigWriter(ObjectWriter& object, const Sending& sending)
      : object_(object), sending_(sending), request_(sending.request) {}

  void write() {
    sampling();
    stops();
    format();
    write_object(object_, sending_.name(thinking_config), [&](ObjectWriter& thinking) {
      if (sending_.home && !request_.thinking.imposed) {
        home_thinking(thinking);
      } else {
        foreign_thinking(thinking);
      }
    });
    if (sending_.home) write_kept(object_, request_.extras, at_generation_config, losses());
  }

 private:
  Losses& losses() { return sending_.out.losses; }
  json::Writer& key(const Key& name) { return object_.key(sending_.name(name)); }

  void sampling();
  void output_limit();
  void stops();
  void format();
  void home_thinking(ObjectWriter& object);
  void foreign_thinking(ObjectWriter& object);
  bool foreign_level(ObjectWriter& object);

  ObjectWriter& object_;
  const Sending& sending_;
  const chat::Request& request_;
};

void ConfigWriter::sampling() {
  const chat::Sampling& sampling = request_.sampling;
  if (sampling.temperature) object_.key("temperature").number(*sampling.temperature);
  if (sampling.top_p) key(top_p).number(*sampling.top_p);
  if (sampling.top_k) key(top_k).integer(*sampling.top_k);
  output_limit();
  if (sampling.choices) key(candidate_count).integer(*sampling.choices);
  if (sampling.seed) {
    using Limits = std::numeric_limits<std::int32_t>;
    const bool fits = *sampling.seed >= Limits::min() && *sampling.seed <= Limits::max();
    if (fits || sending_.home) {
      object_.key("seed").integer(*sampling.seed);
    } else {
      losses().add(loss::seed);
    }
  }
  if (sampling.presence_penalty) key(presence_penalty).number(*sampling.presence_penalty);
  if (sampling.frequency_penalty) key(frequency_penalty).number(*sampling.frequency_penalty);
}

void ConfigWriter::output_limit() {
  if (!request_.max_output_tokens) return;
  std::int64_t limit = *request_.max_output_tokens;
  const std::int64_t most = sending_.hints.output_tokens_max;
  if (!sending_.home && most > 0 && limit > most) {
    limit = most;
    losses().add(loss::output_limit);
  }
  key(max_output_tokens).integer(limit);
}

void ConfigWriter::stops() {
  std::vector<std::string_view> texts;
  for (const std::string& stop : request_.sampling.stop) {
    if (sending_.home || !stop.empty()) texts.emplace_back(stop);
  }
  if (!sending_.home && texts.size() > stops_max) {
    texts.resize(stops_max);
    losses().add(loss::stop);
  }
  if (texts.empty()) return;
  json::Writer& list = key(stop_sequences).begin_array();
  for (const std::string_view text : texts) list.text(text);
  list.end_array();
}

void ConfigWriter::format() {
  const OutputFormat& wanted = request_.format;
  if (wanted.kind == OutputFormat::Kind::text) return;
  if (!sending_.home && sending_.functions && !sending_.hints.json_with_tools) {
    losses().add(loss::output_format);
    return;
  }
  if (!sending_.has(mime_type_absent)) key(response_mime_type).text(json_type);
  if (wanted.kind != OutputFormat::Kind::schema || !wanted.schema) return;
  if (sending_.home) {
    const Key& place = sending_.has(in_response_schema) ? response_schema : response_json_schema;
    const std::string_view name = sending_.name(place);
    const json::Raw* const original = kept(request_.extras, as_it_came, name);
    object_.key(name).raw(spelled_at_home(*wanted.schema, original));
  } else if (sending_.hints.clean_schemas) {
    const CleanSchema clean = clean_schema(wanted.schema->text());
    if (clean.simplified) losses().add(loss::output_format);
    key(response_schema).raw(clean.schema);
  } else {
    key(response_json_schema).raw(*wanted.schema);
  }
}

void ConfigWriter::home_thinking(ObjectWriter& object) {
  const Thinking& thinking = request_.thinking;
  const bool off = thinking.mode == Thinking::Mode::off;
  if (off || thinking.budget_tokens)
    object.key(sending_.name(thinking_budget)).integer(off ? 0 : *thinking.budget_tokens);
  if (!off && !thinking.effort.empty()) {
    const bool small = sending_.has(level_in_lower_case);
    object.key(sending_.name(thinking_level))
        .text(small ? thinking.effort : capitals(thinking.effort));
  }
  if (thinking.show_text) object.key(sending_.name(include_thoughts)).boolean(*thinking.show_text);
  write_kept(object, request_.extras, at_thinking_config, losses());
}

/// Models with levels know two of them for sure, and no way not to think.
bool ConfigWriter::foreign_level(ObjectWriter& object) {
  const Thinking& thinking = request_.thinking;
  const bool off = thinking.mode == Thinking::Mode::off;
  if (!sending_.hints.thinking_levels || (!off && thinking.effort.empty())) return false;
  const std::string_view effort = off ? "none" : std::string_view(thinking.effort);
  const bool low = effort == "low" || effort == "minimal" || effort == "none";
  if (effort != "low" && effort != "high") losses().add(loss::thinking);
  object.key(thinking_level.camel).text(low ? "LOW" : "HIGH");
  return true;
}

void ConfigWriter::foreign_thinking(ObjectWriter& object) {
  const Thinking& thinking = request_.thinking;
  const std::optional<std::int64_t> asked = chat::budget_of(thinking);
  bool thinks = asked && *asked != 0;
  if (foreign_level(object)) {
    thinks = thinking.mode != Thinking::Mode::off;
  } else if (asked) {
    const std::int64_t budget = std::min(*asked, budget_max);
    const bool said = thinking.budget_tokens == budget || budget <= 0;
    if (!said) losses().add(loss::thinking);
    object.key(thinking_budget.camel).integer(budget);
  }
  if (thinks || thinking.show_text)
    object.key(include_thoughts.camel).boolean(thinking.show_text.value_or(true));
}

}  // namespace

void write_generation_config(ObjectWriter& root, const Sending& sending) {
  write_object(root, sending.name(generation_config),
               [&](ObjectWriter& object) { ConfigWriter(object, sending).write(); });
}

}  // namespace omni::dialect::gemini
