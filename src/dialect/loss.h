#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace omni::dialect {

/// A way in which an encoder cannot say all that the model holds.  Rows are constants of namespace
/// `loss`; docs/wire/LOSSES.md is generated from them.
struct LossRow {
  enum class Effect : std::uint8_t { dropped, approximated };
  std::string_view name;  // "top_k": what logs and headers show
  Effect effect{};
  std::string_view what;  // a sentence for people
};

/// What one call of an encoder has lost.
class Losses {
 public:
  struct Entry {
    const LossRow* row;
    std::string detail;  // which one, where there are several: a member's name
  };

  /// The same row and detail count once; at most 64 are kept.
  void add(const LossRow& row, std::string_view detail = {});
  const std::vector<Entry>& entries() const { return entries_; }
  bool empty() const { return entries_.empty(); }

 private:
  std::vector<Entry> entries_;
};

namespace loss {

using Effect = LossRow::Effect;

// Conversation
inline constexpr LossRow foreign_member{
    "foreign_member", Effect::dropped,
    "A member that only the client's dialect has; the detail names it."};
inline constexpr LossRow foreign_item{
    "foreign_item", Effect::dropped,
    "A content block or item that only the client's dialect has; the detail is its type."};
inline constexpr LossRow billing_header{"billing_header", Effect::dropped,
                                        "The line of the system prompt by which a client reports "
                                        "its version; it changes with every call "
                                        "and would spoil the provider's prompt cache."};
inline constexpr LossRow system_moved{
    "system_moved", Effect::approximated,
    "A system message in the middle of the conversation moves to its head, order kept."};
inline constexpr LossRow speaker_name{"speaker_name", Effect::dropped,
                                      "The name of a message's speaker."};
inline constexpr LossRow first_turn_added{
    "first_turn_added", Effect::approximated,
    "A conversation that begins with the assistant gets the user text \"Continue.\" before it."};
inline constexpr LossRow refusal_as_text{"refusal_as_text", Effect::approximated,
                                         "A refusal becomes ordinary text."};
inline constexpr LossRow image{"image", Effect::dropped,
                               "An image that the dialect has no place for."};
inline constexpr LossRow image_detail{"image_detail", Effect::dropped,
                                      "How closely to look at an image."};
inline constexpr LossRow document{"document", Effect::dropped,
                                  "A document that the dialect has no place for."};
inline constexpr LossRow document_as_text{"document_as_text", Effect::approximated,
                                          "A plain text document becomes a text part."};
inline constexpr LossRow document_name{"document_name", Effect::dropped, "The name of a document."};
inline constexpr LossRow audio{"audio", Effect::dropped,
                               "Audio that the dialect has no place for."};
inline constexpr LossRow video{"video", Effect::dropped,
                               "Video that the dialect has no place for."};
inline constexpr LossRow file_id{"file_id", Effect::dropped,
                                 "A file named by an id that only its own provider knows."};
inline constexpr LossRow media_url{"media_url", Effect::dropped,
                                   "Media by address, where the dialect takes only the bytes."};
inline constexpr LossRow reasoning{
    "reasoning", Effect::dropped,
    "Thoughts, where the dialect has no place for them or takes only those it has sealed itself."};
inline constexpr LossRow seal{"seal", Effect::dropped,
                              "The seal of a provider other than the one that gets the request."};
inline constexpr LossRow cache_control{
    "cache_control", Effect::dropped, "Marks of what the provider shall keep in its prompt cache."};

// Tools
inline constexpr LossRow hosted_tool{
    "hosted_tool", Effect::dropped,
    "A tool that the client's provider runs itself; the detail is its type."};
inline constexpr LossRow hosted_call{"hosted_call", Effect::dropped,
                                     "The call of a tool that a provider ran itself."};
inline constexpr LossRow freeform_tool{"freeform_tool", Effect::approximated,
                                       "A tool that takes free text becomes a function with one "
                                       "text argument, `input`; its grammar is "
                                       "told in the description."};
inline constexpr LossRow tool_namespace{
    "tool_namespace", Effect::approximated,
    "The namespace of a tool becomes a prefix of its name, and is taken off the answer again."};
inline constexpr LossRow tool_name{
    "tool_name", Effect::approximated,
    "A tool's name with letters or of a length that the dialect does not take is replaced, and put "
    "back in the answer."};
inline constexpr LossRow tool_strict{
    "tool_strict", Effect::dropped, "That a tool's arguments must match its schema to the letter."};
inline constexpr LossRow tool_schema{"tool_schema", Effect::approximated,
                                     "Parts of a tool's schema that the dialect does not take."};
inline constexpr LossRow tool_unnamed{"tool_unnamed", Effect::dropped, "A tool without a name."};
inline constexpr LossRow tool_choice{"tool_choice", Effect::approximated,
                                     "A choice of tools finer than the dialect can say."};
inline constexpr LossRow parallel_calls{"parallel_calls", Effect::dropped,
                                        "Whether several tools may be called at once."};
inline constexpr LossRow broken_arguments{
    "broken_arguments", Effect::approximated,
    "Arguments that are no JSON object go as {\"_raw\": text}."};
inline constexpr LossRow call_id{"call_id", Effect::approximated,
                                 "A call's id that an earlier call had, or with letters or of a "
                                 "length that the dialect does not take, is replaced, in call and "
                                 "result alike."};
inline constexpr LossRow result_missing{"result_missing", Effect::approximated,
                                        "A tool call without its result gets an empty one."};
inline constexpr LossRow result_orphaned{
    "result_orphaned", Effect::approximated,
    "A tool result without its call becomes a text of the user."};
inline constexpr LossRow result_error{
    "result_error", Effect::approximated,
    "That a tool failed is said by the words \"Error: \" before its result."};
inline constexpr LossRow result_media{
    "result_media", Effect::approximated,
    "Images and documents in a tool's result move to a message of the user after it."};

// Parameters
inline constexpr LossRow temperature{"temperature", Effect::approximated,
                                     "A temperature above the dialect's highest is lowered to it."};
inline constexpr LossRow top_k{"top_k", Effect::dropped, "top_k."};
inline constexpr LossRow seed{"seed", Effect::dropped, "The seed."};
inline constexpr LossRow penalties{"penalties", Effect::dropped,
                                   "Presence and frequency penalties."};
inline constexpr LossRow stop{"stop", Effect::approximated,
                              "More stop sequences than the dialect takes: the first ones go."};
inline constexpr LossRow no_stop{"no_stop", Effect::dropped, "Stop sequences."};
inline constexpr LossRow choices{"choices", Effect::dropped, "More than one answer at a time."};
inline constexpr LossRow end_user{"end_user", Effect::dropped, "Who the end user is."};
inline constexpr LossRow output_limit{
    "output_limit", Effect::approximated,
    "The limit of output tokens is fitted to the model, or added where the dialect demands one."};
inline constexpr LossRow thinking{
    "thinking", Effect::approximated,
    "Effort and budget of thought are converted into each other, or reduced to on and off."};
inline constexpr LossRow thinking_off{
    "thinking_off", Effect::approximated,
    "Thinking is off where the provider would refuse it: the last call lacks its sealed thoughts, "
    "a "
    "tool is forced, the answer is begun already, or there is no room for it."};
inline constexpr LossRow sampling_beside_thinking{
    "sampling_beside_thinking", Effect::dropped,
    "Temperature, top_p or top_k that the provider refuses while the model thinks."};
inline constexpr LossRow output_format{
    "output_format", Effect::approximated,
    "The wanted form of the answer is asked for in words, its schema is simplified, or, where the "
    "model takes no form beside tools, nothing is said of it."};

// Replies
inline constexpr LossRow extra_choices{
    "extra_choices", Effect::dropped,
    "All answers but the first, where the dialect has room for one."};
inline constexpr LossRow finish_reason{
    "finish_reason", Effect::approximated,
    "Why the answer ended, where the dialect has no word for it."};
inline constexpr LossRow output_media{
    "output_media", Effect::dropped,
    "Media that the model made and the client's dialect has no place for."};

}  // namespace loss
}  // namespace omni::dialect
