#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "chat/event.h"
#include "chat/request.h"
#include "dialect/loss.h"

namespace omni::dialect {

/// What names of tools a dialect takes.  All take letters, digits and underscores.
struct NameRules {
  std::size_t length_max = 64;
  std::string_view also = "-";      // further characters
  bool starts_with_letter = false;  // or underscore
  bool has_spaces = false;          // knows namespaces
  bool has_freeform = false;        // knows tools that take text
};

/// A tool that takes text goes to a dialect that has only functions as one of this schema, with the
/// grammar that its text must obey told in the description.
inline constexpr std::string_view freeform_schema =
    R"({"type":"object","properties":{"input":{"type":"string"}},"required":["input"]})";
std::string freeform_description(const chat::Tool& tool);

/// The names under which a request's tools go to a provider, and the way back.  A name that the
/// dialect takes stays as it is; others lose what is not allowed, and get eight hex digits where
/// they were too long or two would become one.  A value; empty where every name stays.
class ToolNames {
 public:
  ToolNames() = default;
  /// Knows every name in the request: of its tools, its calls and results, its choice of tools.
  ToolNames(const chat::Request& request, const NameRules& rules, Losses& losses);

  /// The name to write for a tool, a call, or a name in the choice of tools (whose space is empty).
  /// The view is valid as long as the argument and this.
  std::string_view wire(std::string_view space, std::string_view name) const;

  /// Gives a provider's call the name, namespace and form that the client knows.
  void restore(chat::ToolCall& call) const;
  void restore(chat::Reply& reply) const;
  bool empty() const { return rows_.empty(); }

 private:
  friend class RestoreSink;
  class Builder;
  struct Row {
    std::string space, name, wire;
    bool freeform_as_function = false;
    bool alias = false;  // not a tool's own name: leads to the wire, and not back
  };
  const Row* find_wire(std::string_view wire) const;

  std::vector<Row> rows_;               // by space and name
  std::vector<std::uint32_t> by_wire_;  // numbers of rows
};

/// Does restore() to a stream.  The input of a freeform tool that went as a function is held back
/// until it is whole, as its text stands inside of a JSON string.
class RestoreSink final : public chat::EventSink {
 public:
  RestoreSink(const ToolNames& names, chat::EventSink& next) : names_(names), next_(next) {}
  void on(const chat::Event& event) override;

 private:
  struct Held {
    int choice;
    std::string input;
  };
  bool hold(const chat::PartDelta& delta);
  bool begin(const chat::PartBegin& begin);
  void release(const chat::PartEnd& end);
  std::vector<Held>::iterator find_held(int choice);

  const ToolNames& names_;
  chat::EventSink& next_;
  std::vector<Held> held_;  // at most one of each choice
  bool failed_ = false;
};

}  // namespace omni::dialect
