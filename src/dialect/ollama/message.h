#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "chat/part.h"
#include "dialect/object_writer.h"
#include "dialect/tool_names.h"
#include "json/reader.h"

namespace omni::dialect::ollama {

// A message looks the same in requests, answers and the lines of a stream.

/// The members of a message as they stand on the wire.  One that holds nothing is absent here and
/// stands in `rest`, save the text "" of content, which is its usual form of nothing.
struct WireMessage {
  json::Value role, content, thinking, images, tool_calls, tool_name, tool_call_id;
  json::RawMembers rest;

  static WireMessage read(json::Value object);
};

/// One of tool_calls.  Its id may be empty.
chat::Part read_call(json::Value object);
chat::Part read_image(json::Value base64);

/// Texts of several parts as one, without a copy where there is one alone.
class Joined {
 public:
  void add(std::string_view text, std::string_view joint);
  void prepend(std::string_view text);
  std::string_view text() const { return several_ ? std::string_view(buffer_) : one_; }

 private:
  std::string_view one_;
  std::string buffer_;
  bool several_ = false;
};

/// Sorts the parts of a message into the members that Ollama has for them, and writes those.  What
/// has no place is declared.
class Said {
 public:
  enum class In : std::uint8_t { request, reply };
  Said(In in, Losses& losses) : in_(in), losses_(losses) {}

  /// The part is borrowed.
  void add(const chat::Part& part);
  bool empty() const;
  /// Writes content, thinking, images and tool_calls as far as they are there; content also where
  /// it is empty, unless the extras tell that it was absent.
  void write(ObjectWriter& message, const chat::Extras& extras, const ToolNames& names);

 private:
  void add_text(std::string_view text);
  void add_reasoning(const chat::Reasoning& reasoning);
  void add_media(const chat::Media& media);
  void add_result(const chat::ToolResult& result);
  void declare_beside(const chat::Part& part);

  In in_;
  Losses& losses_;
  Joined content_, thinking_;
  std::deque<std::string> decoded_;
  std::vector<std::string_view> images_;
  std::vector<const chat::Part*> calls_;
};

/// One entry of tool_calls.
void write_call(json::Writer& out, const chat::Part& call, const ToolNames& names, Losses& losses);

}  // namespace omni::dialect::ollama
