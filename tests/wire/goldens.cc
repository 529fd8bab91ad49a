// Computes the generated sections:
//
//     === sent openai_chat ollama -> anthropic         the path, the body, then losses
//     === answered gemini -> openai_chat               a whole reply, from provider to client
//     === told anthropic -> openai_chat                a stream
//     === failed openai_chat -> anthropic              an error
//
// Dialects on the left that give the same text share a section; who lost what stands behind
// `loss`.  At home a text that came out as it went in is not told again.

#include "wire/goldens.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "json/envelope.h"
#include "wire/json_text.h"
#include "wire/ways.h"

namespace omni::wire {
namespace {

using chat::Dialect;

constexpr std::string_view as_it_came = "(as it came)\n";

/// What one dialect of the left side gives for one of the right side.
struct Outcome {
  Dialect from{};
  std::string text;
  std::string losses;
};

/// "top_k; foreign_member (context, citations)".
std::string list_of(const dialect::Losses& losses) {
  std::vector<std::pair<std::string, std::string>> kinds;
  for (const dialect::Losses::Entry& entry : losses.entries()) {
    const std::string name(entry.row->name);
    auto known = std::ranges::find(kinds, name, &std::pair<std::string, std::string>::first);
    if (known == kinds.end()) known = kinds.emplace(known, name, "");
    if (!entry.detail.empty()) known->second += (known->second.empty() ? "" : ", ") + entry.detail;
  }
  std::string list;
  for (const auto& [name, details] : kinds) {
    list += (list.empty() ? "" : "; ") + name + (details.empty() ? "" : " (" + details + ")");
  }
  return list;
}

using Group = std::vector<const Outcome*>;

/// Outcomes of the same text, or of the same losses, in the order in which the first of each came.
std::vector<Group> groups_of(const Group& outcomes, std::string Outcome::*alike) {
  std::vector<Group> groups;
  for (const Outcome* const outcome : outcomes) {
    const auto same = std::ranges::find_if(
        groups, [&](const Group& group) { return group.front()->*alike == outcome->*alike; });
    if (same == groups.end()) {
      groups.push_back({outcome});
    } else {
      same->push_back(outcome);
    }
  }
  return groups;
}

/// A section for each text, with those who gave it; then what they lost.
std::vector<Section> sections_of(const std::string& kind, Dialect to,
                                 const std::vector<Outcome>& outcomes) {
  Group all;
  for (const Outcome& outcome : outcomes) all.push_back(&outcome);
  std::vector<Section> sections;
  for (const Group& group : groups_of(all, &Outcome::text)) {
    Section section{kind, {}, group.front()->text};
    for (const Outcome* const outcome : group) {
      section.words.emplace_back(chat::name_of(outcome->from));
    }
    section.words.insert(section.words.end(), {"->", std::string(chat::name_of(to))});
    for (const Group& losers : groups_of(group, &Outcome::losses)) {
      if (losers.front()->losses.empty()) continue;
      section.text += "loss";
      for (const Outcome* const outcome : losers) {
        if (group.size() > 1) section.text += " " + std::string(chat::name_of(outcome->from));
      }
      section.text += ": " + losers.front()->losses + "\n";
    }
    sections.push_back(std::move(section));
  }
  return sections;
}

/// A body with another model in it.
std::string with_model(std::string_view body, std::string_view model) {
  Result<json::Envelope> envelope = json::Envelope::scan(body);
  if (!envelope || envelope->find("model") == nullptr) return std::string(body);
  return envelope->splice({{"model", json::Raw::quote(model)}});
}

Outcome sent(const Case& scenario, const Way& way, Dialect client) {
  Outcome outcome{client, {}, {}};
  if (!way.sent()) {
    const Error& error = way.sent().error();
    outcome.text =
        "refused: " + std::string(omni::name_of(error.kind())) + ": " + error.message() + "\n";
    return outcome;
  }
  const dialect::Outbound& out = *way.sent();
  outcome.text = out.path + "\n";
  for (const auto& [name, value] : out.headers) outcome.text += name + ": " + value + "\n";
  const std::string model =
      scenario.hint("model").empty() ? "upstream-model" : scenario.hint("model");
  const std::string came = with_model(request_of(scenario, client).body, model);
  const bool same = way.at_home() && canonical(came) == canonical(out.body);
  outcome.text += same ? as_it_came : pretty(out.body) + "\n";
  outcome.losses = list_of(out.losses);
  return outcome;
}

Outcome answered(const Way& way, Dialect provider, const Section& reply) {
  const Way::Answer answer = way.answer(reply.text);
  Outcome outcome{provider, {}, list_of(answer.losses)};
  if (answer.failure) outcome.text = "status " + std::to_string(answer.failure->status) + "\n";
  const bool same = way.at_home() && canonical(reply.text) == canonical(answer.text);
  outcome.text += same ? as_it_came : pretty(answer.text) + "\n";
  return outcome;
}

bool tells_the_same(std::string_view a, std::string_view b) {
  std::vector<Frame> one = frames_of(a), other = frames_of(b);
  for (Frame& frame : one) frame.data = canonical(frame.data);
  for (Frame& frame : other) frame.data = canonical(frame.data);
  return one == other;
}

/// Frames without the blank lines between them, which another test looks at.
std::string shown(std::string_view stream) {
  std::string out;
  while (!stream.empty()) {
    std::string_view line = cut(stream, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) out += std::string(line) + "\n";
  }
  return out;
}

Outcome told(Goldens& goldens, const Way& way, Dialect provider, const Section& stream) {
  const Way::Told told = way.tell(stream.text);
  if (!told.violation.empty()) {
    goldens.violations.push_back(std::string(chat::name_of(provider)) + ": " + told.violation);
  }
  const bool same = way.at_home() && tells_the_same(stream.text, told.text);
  return {provider, same ? std::string(as_it_came) : shown(told.text), list_of(told.losses)};
}

int status_of(const Section& error) {
  if (error.words.size() < 2) return 0;
  return static_cast<int>(parse_unsigned(error.words[1]).value_or(0));
}

void add(Goldens& goldens, const std::string& kind, Dialect to,
         const std::vector<Outcome>& outcomes) {
  goldens.pairs += outcomes.size();
  for (Section& section : sections_of(kind, to, outcomes)) {
    goldens.sections.push_back(std::move(section));
  }
}

void add_requests(Goldens& goldens, const Case& scenario, Dialect provider) {
  std::vector<Outcome> outcomes;
  for (const Dialect client : chat::all_dialects) {
    if (scenario.find("request", client) == nullptr) continue;
    outcomes.push_back(sent(scenario, Way(scenario, client, provider), client));
  }
  add(goldens, "sent", provider, outcomes);
}

void add_answers(Goldens& goldens, const Case& scenario, Dialect client) {
  std::vector<Outcome> answers, streams, errors;
  for (const Dialect provider : chat::all_dialects) {
    const Way way(scenario, client, provider);
    if (const Section* const reply = scenario.find("reply", provider)) {
      answers.push_back(answered(way, provider, *reply));
    }
    if (const Section* const stream = scenario.find("stream", provider)) {
      streams.push_back(told(goldens, way, provider, *stream));
    }
    if (const Section* const error = scenario.find("error", provider)) {
      errors.push_back({provider, pretty(way.fail(status_of(*error), error->text)) + "\n", {}});
    }
  }
  add(goldens, "answered", client, answers);
  add(goldens, "told", client, streams);
  add(goldens, "failed", client, errors);
}

}  // namespace

bool wants_new_goldens() {
  const char* const wanted = std::getenv("UPDATE_GOLDEN");
  return wanted != nullptr && std::string_view(wanted) == "1";
}

Goldens goldens_of(const Case& scenario) {
  Goldens goldens;
  for (const Dialect provider : chat::all_dialects) add_requests(goldens, scenario, provider);
  for (const Dialect client : chat::all_dialects) add_answers(goldens, scenario, client);
  return goldens;
}

}  // namespace omni::wire
