#pragma once

#include <vector>

#include "dialect/anthropic/blocks.h"
#include "dialect/anthropic/request.h"

namespace omni::dialect::anthropic {

/// Writes `tools` and `tool_choice`.
class ToolWriter {
 public:
  ToolWriter(const Encoding& encoding, BlockWriter& blocks);

  /// Whether a tool must be called.
  bool forced() const;
  void write(ObjectWriter& root);

 private:
  bool takes(const chat::Tool& tool) const;
  void tool(const chat::Tool& tool);
  void builtin(const chat::Tool& tool);
  void description(ObjectWriter& object, const chat::Tool& tool);
  void choice(ObjectWriter& root);

  const Encoding& encoding_;
  BlockWriter& blocks_;
  std::vector<const chat::Tool*> tools_;
};

}  // namespace omni::dialect::anthropic
