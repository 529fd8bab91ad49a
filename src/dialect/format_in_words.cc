#include "dialect/format_in_words.h"

namespace omni::dialect {

std::string format_in_words(const chat::OutputFormat& format) {
  const bool object = format.kind == chat::OutputFormat::Kind::json;
  std::string words = "Answer with one JSON ";
  words += object ? "object" : "value";
  words += " and nothing else: no words around it, no code fence.";
  if (format.schema) {
    words += " It must match this JSON Schema:\n";
    words += format.schema->text();
  }
  return words;
}

}  // namespace omni::dialect
