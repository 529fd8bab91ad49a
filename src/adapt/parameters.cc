// Quirks about parameters that a provider refuses or must have.

#include <algorithm>
#include <string_view>

#include "adapt/step.h"
#include "adapt/system_message.h"

namespace omni::adapt {
namespace {

void drop_extra(chat::Extras& extras, std::string_view name) {
  std::erase_if(extras.members, [&](const auto& member) { return member.first == name; });
}

void set_extra(chat::Extras& extras, std::string_view name, json::Raw value) {
  drop_extra(extras, name);
  extras.members.emplace_back(name, std::move(value));
}

bool begins_with_system_text(const chat::Request& request) {
  if (request.messages.empty() || request.messages.front().role != chat::Role::system) return false;
  return std::ranges::any_of(request.messages.front().parts,
                             [](const chat::Part& part) { return !chat::text_of(part).empty(); });
}

}  // namespace

void no_sampling(chat::Request& request, const Facts&) {
  chat::Sampling& sampling = request.sampling;
  sampling.temperature.reset();
  sampling.top_p.reset();
  sampling.top_k.reset();
  sampling.presence_penalty.reset();
  sampling.frequency_penalty.reset();
}

void temperature_or_top_p(chat::Request& request, const Facts&) {
  if (request.sampling.temperature) request.sampling.top_p.reset();
}

void no_stop(chat::Request& request, const Facts&) { request.sampling.stop.clear(); }

void no_metadata(chat::Request& request, const Facts&) {
  drop_extra(request.extras, "metadata");
  drop_extra(request.extras, "store");
}

void no_end_user(chat::Request& request, const Facts&) { request.end_user.clear(); }

void no_stream_usage(chat::Request& request, const Facts&) {
  request.stream_usage = false;
  drop_extra(request.extras, "stream_options");
}

void no_parallel_switch(chat::Request& request, const Facts&) {
  request.tool_choice.parallel.reset();
}

void no_forced_tools(chat::Request& request, const Facts&) {
  if (request.tool_choice.mode != chat::ToolChoice::Mode::required) return;
  request.tool_choice.mode = chat::ToolChoice::Mode::automatic;
  request.tool_choice.allowed.clear();
}

void no_strict(chat::Request& request, const Facts&) {
  for (chat::Tool& tool : request.tools) tool.strict.reset();
  request.format.strict.reset();
}

// The backend of the Codex program takes what that program sends and little else.
void codex_backend(chat::Request& request, const Facts& facts) {
  no_sampling(request, facts);
  no_end_user(request, facts);
  request.max_output_tokens.reset();
  drop_extra(request.extras, "metadata");
  drop_extra(request.extras, "store");  // what is not at home there says no by itself
  if (request.source == chat::Dialect::openai_responses) {
    request.extras.dialect = chat::Dialect::openai_responses;
    set_extra(request.extras, "store", json::Raw::trusted("false"));
  }
  if (begins_with_system_text(request)) {
    request.messages.front().extras.spelling = 0;  // as instructions, not as an item
    return;
  }
  request.messages.insert(request.messages.begin(), system_message("Follow the conversation."));
}

}  // namespace omni::adapt
