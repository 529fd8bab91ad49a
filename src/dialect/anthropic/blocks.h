#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "chat/part.h"
#include "dialect/anthropic/wire.h"

namespace omni::dialect::anthropic {

/// Where a content block stands, for not every kind of block means something everywhere.
enum class Place : std::uint8_t { message, result, reply };

/// A block that nobody knows, or none that belongs there, becomes an Opaque.
chat::Part decode_block(json::Value block, Place place);

/// About how long a part will be in JSON; 0 of one that says nothing.
std::size_t bytes_of(const chat::Part& part);

/// Writes parts as content blocks: the form alone.  Which of them to write, under which id and name
/// and with which seal is the caller's business.
class BlockWriter {
 public:
  enum class Members : bool { as_they_came, all };

  /// With `all` come members that an answer must have even where they say nothing.
  BlockWriter(json::Writer& out, Losses& losses, Members members = Members::as_they_came)
      : out_(out), losses_(losses), members_(members) {}

  /// That many marks of the prompt cache are left out, the first ones.
  void skip_marks(int count) { marks_to_skip_ = count; }

  void text(const chat::Part& part, std::string_view text);
  /// Thoughts, or what the provider sealed in their place.
  void reasoning(const chat::Part& part);
  void tool_use(const chat::Part& part, std::string_view id, std::string_view name);
  /// Of an image or a document.
  void media(const chat::Part& part, std::string_view mime_type);
  void opaque(const chat::Opaque& opaque) { out_.raw(opaque.item); }

  /// For blocks that the caller writes himself: what every block ends with.
  void end(ObjectWriter& block, const chat::Part& part);
  void mark(ObjectWriter& object, const std::optional<json::Raw>& cache_control);

  json::Writer& out() { return out_; }

 private:
  void input(const chat::ToolCall& call, const chat::Extras& extras);

  json::Writer& out_;
  Losses& losses_;
  Members members_;
  int marks_to_skip_ = 0;
};

}  // namespace omni::dialect::anthropic
