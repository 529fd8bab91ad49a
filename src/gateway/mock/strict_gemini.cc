// What Google refuses: generativelanguage.googleapis.com/v1beta.  It takes every name in camel case
// and in snake case; so do the checks.

#include <algorithm>
#include <array>

#include "gateway/mock/strict.h"

namespace omni::gateway::mock {
namespace {

using json::Kind;
using json::Value;

constexpr std::size_t function_name_length_max = 64;
constexpr int schema_depth_max = 32;

constexpr std::array<std::string_view, 17> members{"model",
                                                   "contents",
                                                   "tools",
                                                   "toolConfig",
                                                   "tool_config",
                                                   "safetySettings",
                                                   "safety_settings",
                                                   "systemInstruction",
                                                   "system_instruction",
                                                   "generationConfig",
                                                   "generation_config",
                                                   "cachedContent",
                                                   "cached_content",
                                                   "serviceTier",
                                                   "service_tier",
                                                   "store",
                                                   "labels"};

constexpr std::array<std::string_view, 30> schema_members{
    "type",
    "format",
    "title",
    "description",
    "nullable",
    "enum",
    "maxItems",
    "max_items",
    "minItems",
    "min_items",
    "properties",
    "required",
    "minProperties",
    "min_properties",
    "maxProperties",
    "max_properties",
    "minLength",
    "min_length",
    "maxLength",
    "max_length",
    "pattern",
    "example",
    "anyOf",
    "any_of",
    "propertyOrdering",
    "property_ordering",
    "default",
    "items",
    "minimum",
    "maximum",
};

/// A member by either of its names.
Value either(Value object, std::string_view camel, std::string_view snake) {
  const Value found = member_of(object, camel);
  return found ? found : member_of(object, snake);
}

std::string unknown_name(std::string_view name, const std::string& where) {
  std::string complaint = "Invalid JSON payload received. Unknown name \"" + std::string(name);
  complaint.append("\"");
  if (!where.empty()) complaint.append(" at '").append(where).append("'");
  return complaint.append(": Cannot find field.");
}

bool is_count(const Asked& asked) { return asked.path.find(":countTokens") != asked.path.npos; }

std::string knows_the_members(const Asked& asked) {
  if (is_count(asked)) return {};
  const std::string_view name = first_unknown(asked.body, members);
  return name.empty() ? "" : unknown_name(name, "");
}

std::string has_contents(const Asked& asked) {
  if (is_count(asked)) return {};
  const Value contents = asked.body.find("contents");
  if (contents.kind() == Kind::array) {
    for ([[maybe_unused]] const Value content : contents.items()) return {};
  }
  return "* GenerateContentRequest.contents: contents is not specified\n";
}

std::string knows_the_roles(const Asked& asked) {
  return first_about(asked.body.find("contents"), [&](std::size_t index, Value content) {
    const std::string_view role = text_in(content, "role");
    if (!role.empty() && role != "user" && role != "model") {
      return std::string("Please use a valid role: user, model.");
    }
    const Value parts = member_of(content, "parts");
    if (parts.kind() == Kind::array) {
      for ([[maybe_unused]] const Value part : parts.items()) return std::string();
    }
    return "* GenerateContentRequest." + at("contents", index) +
           ".parts: contents.parts must not be empty.\n";
  });
}

std::size_t count_parts(Value content, std::string_view camel, std::string_view snake) {
  std::size_t count = 0;
  first_about(member_of(content, "parts"), [&](std::size_t, Value part) {
    if (either(part, camel, snake)) ++count;
    return std::string();
  });
  return count;
}

std::string pairs_calls_and_results(const Asked& asked) {
  std::size_t calls = 0;
  bool first = true;
  return first_about(asked.body.find("contents"), [&](std::size_t, Value content) {
    const std::size_t results = count_parts(content, "functionResponse", "function_response");
    if (results != calls && (results > 0 || calls > 0)) {
      return std::string(
          "Please ensure that the number of function response parts is equal to the number of "
          "function call parts of the function call turn.");
    }
    calls = count_parts(content, "functionCall", "function_call");
    if (calls > 0 && first) {
      return std::string(
          "Please ensure that function call turn comes immediately after a user turn or after a "
          "function response turn.");
    }
    first = false;
    return std::string();
  });
}

std::string complaint_about_required(Value schema, const std::string& where) {
  const Value properties = schema.find("properties");
  return first_about(schema.find("required"), [&](std::size_t index, Value name) {
    if (member_of(properties, text_in(name))) return std::string();
    return "* GenerateContentRequest." + where + "." + at("required", index) +
           ": property is not defined\n";
  });
}

/// The schemas that Google takes are no JSON Schema.
std::string complaint_about_schema(Value schema, const std::string& where, int depth) {
  if (schema.kind() != Kind::object || depth > schema_depth_max) return {};
  if (const std::string_view name = first_unknown(schema, schema_members); !name.empty()) {
    return unknown_name(name, where);
  }
  if (schema.find("type").kind() == Kind::array) {
    return "Invalid value at '" + where +
           ".type': Proto field is not repeating, cannot start list.";
  }
  if (std::string wrong = complaint_about_required(schema, where); !wrong.empty()) return wrong;
  if (const Value properties = schema.find("properties"); properties.kind() == Kind::object) {
    for (const auto [name, property] : properties.members()) {
      std::string wrong = complaint_about_schema(
          property, where + ".properties[" + std::string(name) + "]", depth + 1);
      if (!wrong.empty()) return wrong;
    }
  }
  std::string wrong = complaint_about_schema(schema.find("items"), where + ".items", depth + 1);
  if (!wrong.empty()) return wrong;
  return first_about(either(schema, "anyOf", "any_of"), [&](std::size_t index, Value choice) {
    return complaint_about_schema(choice, where + "." + at("any_of", index), depth + 1);
  });
}

bool is_function_name(std::string_view name) {
  const bool begins = !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
                      std::string_view(".:-").find(name.front()) == std::string_view::npos;
  return begins && is_plain_name(name, function_name_length_max, "_-.:");
}

std::string looks_at_functions(const Asked& asked) {
  return first_about(asked.body.find("tools"), [&](std::size_t index, Value tool) {
    const Value functions = either(tool, "functionDeclarations", "function_declarations");
    return first_about(functions, [&](std::size_t number, Value function) {
      const std::string where = at("tools", index) + "." + at("function_declarations", number);
      if (!is_function_name(text_in(function, "name"))) {
        return "* GenerateContentRequest." + where +
               ".name: Invalid function name. Must start with a letter or an underscore. Must be "
               "alphameric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), "
               "with a maximum length of 64.\n";
      }
      return complaint_about_schema(member_of(function, "parameters"), where + ".parameters", 0);
    });
  });
}

std::string looks_at_the_answers_schema(const Asked& asked) {
  const Value config = either(asked.body, "generationConfig", "generation_config");
  return complaint_about_schema(either(config, "responseSchema", "response_schema"),
                                "generation_config.response_schema", 0);
}

constexpr std::array<Check, 6> checks{
    knows_the_members,       has_contents,       knows_the_roles,
    pairs_calls_and_results, looks_at_functions, looks_at_the_answers_schema,
};

}  // namespace

std::span<const Check> gemini_checks() { return checks; }

}  // namespace omni::gateway::mock
