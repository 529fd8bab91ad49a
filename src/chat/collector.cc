#include "chat/collector.h"

#include <algorithm>

#include "base/assert.h"
#include "base/strings.h"
#include "json/scratch_reader.h"
#include "json/writer.h"

namespace omni::chat {
namespace {

constexpr std::size_t summaries_max = 1000;
constexpr int merge_depth_max = 8;

using Values = std::vector<std::string_view>;

std::string merged(Values values, int depth);

/// Members of several objects: every key once, in the order in which they appear, with all its
/// values.
class Gathering {
 public:
  void add(std::string_view key, std::string_view value) {
    const auto [place, added] = places_.try_emplace(std::string(key), members_.size());
    if (added) members_.emplace_back(key, Values{});
    members_[place->second].second.push_back(value);
  }

  void add(std::string_view object) {
    json::ScratchReader reader;
    for (const auto [key, value] : reader->read(object).members()) add(key, value.slice());
  }

  /// Calls visit(key, value) with one value for each key.
  template <class Visit>
  void merge(int depth, Visit visit) {
    for (auto& [key, values] : members_) visit(key, merged(std::move(values), depth));
  }

 private:
  std::vector<std::pair<std::string, Values>> members_;
  std::map<std::string, std::size_t, std::less<>> places_;
};

std::string joined_arrays(const Values& arrays) {
  std::string out = "[";
  for (const std::string_view array : arrays) {
    const std::string_view inside = trim(array.substr(1, array.size() - 2));
    if (out.size() > 1 && !inside.empty()) out.push_back(',');
    out.append(inside);
  }
  out.push_back(']');
  return out;
}

std::string merged_objects(const Values& objects, int depth) {
  Gathering members;
  for (const std::string_view object : objects) members.add(object);
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  members.merge(depth + 1, [&](std::string_view key, const std::string& value) {
    writer.key(key).raw(value);
  });
  writer.end_object();
  return out;
}

/// One value for all of them, which must not be none.
std::string merged(Values values, int depth) {
  const auto all_begin_with = [&](char bracket) {
    return std::all_of(values.begin(), values.end(),
                       [&](std::string_view value) { return value.front() == bracket; });
  };
  const std::string_view last = values.back();
  std::erase(values, "null");
  if (values.size() > 1 && depth < merge_depth_max) {
    if (all_begin_with('[')) return joined_arrays(values);
    if (all_begin_with('{')) return merged_objects(values, depth);
  }
  return std::string(values.empty() ? last : values.back());
}

void merge_into(Extras& extras, const std::vector<std::string>& asides) {
  Gathering gathering;
  for (const auto& [key, value] : extras.members) gathering.add(key, value.text());
  for (const std::string& object : asides) gathering.add(object);
  json::RawMembers members;
  gathering.merge(0, [&](const std::string& key, std::string value) {
    members.emplace_back(key, json::Raw::trusted(std::move(value)));
  });
  extras.members = std::move(members);
}

}  // namespace

void Collector::on(const Event& event) {
  std::visit([this](const auto& told) { tell(told); }, event);
}

void Collector::tell(const ReplyBegin& begin) {
  reply_.source = begin.source;
  reply_.id = begin.id;
  reply_.model = begin.model;
  reply_.created = begin.created;
  if (begin.extras != nullptr) reply_.extras = *begin.extras;
}

void Collector::tell(const PartBegin& begin) { choice(begin.choice).parts.push_back(begin.seed); }

void Collector::tell(const PartDelta& delta) {
  Part* part = open_part(delta.choice, delta.part);
  if (part == nullptr) return;
  if (auto* text = std::get_if<Text>(&part->body)) {
    text->text += delta.text;
  } else if (auto* call = std::get_if<ToolCall>(&part->body)) {
    call->input += delta.text;
  } else if (auto* refusal = std::get_if<Refusal>(&part->body)) {
    refusal->text += delta.text;
  } else if (auto* reasoning = std::get_if<Reasoning>(&part->body)) {
    const auto number = static_cast<std::size_t>(delta.summary);
    if (delta.summary < 0) {
      reasoning->text += delta.text;
    } else if (number < summaries_max) {
      if (reasoning->summary.size() <= number) reasoning->summary.resize(number + 1);
      reasoning->summary[number] += delta.text;
    }
  }
}

void Collector::tell(const PartEnd& end) {
  Part* part = open_part(end.choice, end.part);
  if (part == nullptr) return;
  if (end.seal != nullptr) part->seal = *end.seal;
  auto* call = std::get_if<ToolCall>(&part->body);
  if (call != nullptr && call->form != ToolCall::Form::freeform) check_input(*call);
}

void Collector::tell(const Aside& aside) {
  if (aside.dialect != reply_.source) return;
  choice(aside.choice);
  asides_[{aside.choice, aside.part}].emplace_back(aside.object);
}

void Collector::tell(const UsageSoFar& so_far) { reply_.usage = so_far.usage; }

void Collector::tell(const ChoiceEnd& end) {
  Choice& ended = choice(end.choice);
  ended.finish = end.finish;
  ended.finish_word = end.finish_word;
  ended.stop_sequence = end.stop_sequence;
  if (end.spelling != 0) ended.extras.dialect = reply_.source;
  ended.extras.spelling = end.spelling;
}

void Collector::tell(const ReplyEnd& /*end*/) {
  merge_asides();
  complete_ = true;
}

void Collector::tell(const ReplyFailed& failed) {
  merge_asides();
  failure_ = failed.failure;
}

Choice& Collector::choice(int number) {
  OMNI_ASSERT(number >= 0);
  const auto index = static_cast<std::size_t>(number);
  if (index >= reply_.choices.size()) reply_.choices.resize(index + 1);
  return reply_.choices[index];
}

Part* Collector::open_part(int number, int part) {
  std::vector<Part>& parts = choice(number).parts;
  const auto index = static_cast<std::size_t>(part);
  return index < parts.size() ? &parts[index] : nullptr;
}

void Collector::merge_asides() {
  for (const auto& [place, asides] : std::exchange(asides_, {})) {
    const auto [number, part] = place;
    Part* of_part = part < 0 ? nullptr : open_part(number, part);
    Extras& extras = of_part != nullptr ? of_part->extras : choice(number).extras;
    extras.dialect = reply_.source;
    merge_into(extras, asides);
  }
}

}  // namespace omni::chat
