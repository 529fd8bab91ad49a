#include "adapt/step.h"

#include <array>

namespace omni::adapt {
namespace {

using catalog::Quirk;
using Hints = dialect::EncodeHints;

template <class... Name>
constexpr Concern has_member(Name... names) {
  return {.members = {names...}, .any = false};
}
constexpr Concern has_word(std::string_view word) { return {.word = word, .any = false}; }

// Gemini and Ollama have their parameters in an object of their own.
constexpr Concern has_sampling =
    has_member("temperature", "top_p", "top_k", "presence_penalty", "frequency_penalty",
               "generationConfig", "generation_config", "options");
constexpr Concern has_stop =
    has_member("stop", "stop_sequences", "generationConfig", "generation_config", "options");

// Whole conversation first, then parameters, then what looks at both.
constexpr std::array table{
    Step{Quirk::think_tags, "Thoughts that stand in the text in <think> tags become thoughts.",
         nullptr, nullptr, extract_think_tags},
    Step{Quirk::developer_as_system, "Developer messages go as system messages.",
         developer_as_system, nullptr, nullptr, has_word("\"developer\"")},
    Step{Quirk::one_system_message, "All system messages become one, at the head.",
         one_system_message},
    Step{Quirk::system_as_user, "System messages become a message of the user at the head.",
         system_as_user},
    Step{Quirk::text_as_string, "Several texts of a message become one, a blank line between.",
         text_as_string},
    Step{Quirk::completion_token_limit, "The limit of output is named max_completion_tokens.",
         nullptr, [](Hints& hints) { hints.completion_token_limit = true; }},
    Step{Quirk::no_sampling, "Temperature, top_p, top_k and penalties are left out.", no_sampling,
         nullptr, nullptr, has_sampling},
    Step{Quirk::temperature_or_top_p, "Of temperature and top_p only the first goes.",
         temperature_or_top_p, nullptr, nullptr, has_sampling},
    Step{Quirk::no_stop, "Stop sequences are left out.", no_stop, nullptr, nullptr, has_stop},
    Step{Quirk::no_metadata, "metadata and store are left out.", no_metadata, nullptr, nullptr,
         has_member("metadata", "store")},
    Step{Quirk::no_end_user, "Who the end user is is left out.", no_end_user},
    Step{Quirk::no_stream_usage, "The usage of a stream is not asked for.", no_stream_usage,
         [](Hints& hints) { hints.want_usage = false; }, nullptr, has_member("stream_options")},
    Step{Quirk::no_parallel_switch, "Whether tools run in parallel is not said.",
         no_parallel_switch, nullptr, nullptr, has_member("parallel_tool_calls", "tool_choice")},
    Step{Quirk::no_forced_tools, "A tool is never demanded, only offered.", no_forced_tools,
         nullptr, nullptr, has_member("tool_choice", "toolConfig", "tool_config")},
    Step{Quirk::no_strict, "Strictness of tools and schemas is not said.", no_strict},
    Step{Quirk::schema_without_tools,
         "A schema for the answer is asked for in words where there are tools.",
         schema_without_tools},
    Step{Quirk::schema_in_words, "JSON and schemas for the answer are asked for in words.",
         schema_in_words},
    Step{Quirk::json_without_schema, "JSON is asked for by its switch, the schema for it in words.",
         json_without_schema},
    Step{Quirk::full_json_schema, "Schemas go as they are, not cut to what Gemini always took.",
         nullptr, [](Hints& hints) { hints.clean_schemas = false; }},
    Step{Quirk::json_with_tools, "The form of the answer may be set where there are tools.",
         nullptr, [](Hints& hints) { hints.json_with_tools = true; }},
    Step{Quirk::no_thinking, "Nothing is said about thinking.", no_thinking},
    Step{Quirk::no_thinking_history, "Thoughts of earlier turns are left out.",
         no_thinking_history},
    Step{Quirk::adaptive_thinking, "Thinking is adaptive with an effort, never a budget.",
         adaptive_thinking, [](Hints& hints) { hints.adaptive_thinking = true; }},
    Step{Quirk::thinking_levels, "Effort goes as a level, not as a budget.", nullptr,
         [](Hints& hints) { hints.thinking_levels = true; }},
    Step{Quirk::thought_signatures,
         "The first call of a turn without a signature gets the documented word instead.",
         thought_signatures},
    Step{Quirk::safety_filters_off,
         "Filters are switched off for clients whose dialect has no word for them.", nullptr,
         [](Hints& hints) { hints.safety_filters_off = true; }},
    Step{Quirk::cache_marks_added, "Prompts that are not marked for the cache are marked.",
         add_cache_marks},
    Step{Quirk::cache_marks_taken, "Marks for the cache may go to a provider of OpenAI Chat.",
         nullptr, [](Hints& hints) { hints.cache_marks = true; }},
    Step{Quirk::web_search, "The provider can search the web by itself.", nullptr,
         [](Hints& hints) { hints.web_search = true; }},
    Step{Quirk::codex_backend,
         "Instructions are always there, nothing is stored, limits and sampling are left out, and "
         "the answer is always a stream.",
         codex_backend, [](Hints& hints) { hints.stream = true; }},
};

}  // namespace

std::span<const Step> steps() { return table; }

}  // namespace omni::adapt
