#include "gateway/explain.h"

#include "json/writer.h"

namespace omni::gateway {
namespace {

std::string_view name_of(const Option& option) {
  return option.variable.empty() ? option.flag : option.variable;
}

}  // namespace

std::string explain(const Config& config) {
  std::string text;
  for (std::size_t i = 0; i < options().size(); ++i) {
    const Option& option = options()[i];
    text.append(name_of(option)).append(" = ").append(option.show(config));
    text.append("\n    ").append(option.help);
    text.append("\n    from: ").append(config.sources[i]).append("\n");
  }
  return text;
}

std::string explain_as_json(const Config& config) {
  std::string text;
  json::Writer writer(text);
  writer.begin_array();
  for (std::size_t i = 0; i < options().size(); ++i) {
    const Option& option = options()[i];
    writer.begin_object().key("name").text(name_of(option));
    if (!option.flag.empty()) writer.key("flag").text(option.flag);
    writer.key("value").text(option.show(config)).key("source").text(config.sources[i]);
    writer.key("help").text(option.help).end_object();
  }
  writer.end_array();
  return text += "\n";
}

}  // namespace omni::gateway
