#include "dialect/openai_kin.h"

#include "chat/effort.h"
#include "json/envelope.h"

namespace omni::dialect {

using json::Envelope;
using json::Raw;

std::string_view openai_effort(const chat::Thinking& thinking) {
  if (thinking.mode != chat::Thinking::Mode::off) return chat::effort_of(thinking);
  const bool said = chat::budget_of(thinking.effort) == 0;
  return said ? std::string_view(thinking.effort) : std::string_view{};
}

bool converts_effort(const chat::Thinking& thinking) {
  if (thinking.budget_tokens) return true;
  const std::string_view effort = openai_effort(thinking);
  return effort.empty() ? thinking.mode == chat::Thinking::Mode::off : effort != thinking.effort;
}

void write_parameters(json::Writer& out, const std::optional<Raw>& schema) {
  const Raw nothing = Raw::trusted("{}");
  const Raw& given = schema ? *schema : nothing;
  const Result<Envelope> object = Envelope::scan(given.text());
  const Envelope::Member* const told = object ? object->find("properties") : nullptr;
  if (!object || (told != nullptr && told->value != "null")) {
    out.raw(given);
  } else {
    out.raw(Raw::trusted(
        object->splice({{"type", Raw::trusted(R"("object")")}, {"properties", nothing}})));
  }
}

}  // namespace omni::dialect
