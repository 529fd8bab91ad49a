// Reads a request:
//
//     {"model":"gpt-5","instructions":"Be brief.","input":"Hi" or [items],
//      "tools":[…],"tool_choice":"auto","parallel_tool_calls":true,
//      "reasoning":{"effort":"medium","summary":"auto"},
//      "text":{"format":{"type":"json_schema","name":"x","schema":{…}},"verbosity":"low"},
//      "max_output_tokens":1000,"stream":true,"store":false,…}

#include <array>
#include <map>
#include <string>
#include <utility>

#include "dialect/openai_responses/item_reader.h"
#include "dialect/openai_responses/kept.h"
#include "dialect/openai_responses/tools.h"
#include "dialect/openai_responses/wire.h"
#include "json/scratch_reader.h"

namespace omni::dialect::openai_responses {

using chat::OutputFormat;
using chat::Request;
using json::Kind;
using json::Value;

namespace {

class Decoder {
 public:
  explicit Decoder(Request& request) : request_(request) {
    request_.source = own;
    request_.extras.dialect = own;
    request_.stream_usage = true;  // the end of a stream always has it
  }

  void read(Value root) {
    for (const auto [key, value] : root.members()) {
      if (value.is_null()) {
        keep(request_.extras, key, value);
      } else if (!place(key, value) && !parameter(key, value)) {
        keep(request_.extras, key, value);
      }
    }
    if (instructions_) {
      chat::Message& message = say(chat::Role::system, instructions_.text());
      message.extras.dialect = own;
    }
    if (tools_ && read_tools(tools_, request_) == 0) {
      request_.extras.spelling |= spelled::empty_tools;
    }
    if (input_) input(input_);
    if (tool_choice_) read_tool_choice(tool_choice_, request_);
  }

  bool has_input() const { return has_input_; }
  bool background() const { return background_; }
  /// With what the provider has kept.
  bool goes_on() const { return goes_on_; }

 private:
  /// What is read when all members are known: their order is free, that of messages is not.
  bool place(std::string_view key, Value value) {
    if (key == "input") {
      input_ = value;
    } else if (key == "instructions") {
      instructions_ = value;
    } else if (key == "tools") {
      tools_ = value;
    } else if (key == "tool_choice") {
      tool_choice_ = value;
    } else {
      return false;
    }
    return true;
  }

  bool parameter(std::string_view key, Value value) {
    if (key == "model") {
      request_.model = value.text();
    } else if (key == "stream") {
      request_.stream = value.boolean();
      if (!request_.stream) request_.extras.spelling |= spelled::stream_false;
    } else if (key == "reasoning") {
      reasoning(value);
    } else if (key == "text") {
      text(value);
    } else if (key == "parallel_tool_calls") {
      request_.tool_choice.parallel = value.boolean();
    } else if (key == "max_output_tokens") {
      request_.max_output_tokens = value.integer();
    } else if (key == "temperature") {
      request_.sampling.temperature = value.number();
    } else if (key == "top_p") {
      request_.sampling.top_p = value.number();
    } else if (key == "user") {
      request_.end_user = value.text();
      return !request_.end_user.empty();
    } else {
      if (key == "background") background_ = value.boolean();
      goes_on_ = goes_on_ || names_kept(key, value);
      return false;
    }
    return true;
  }

  chat::Message& say(chat::Role role, std::string_view text) {
    chat::Message& message = request_.messages.emplace_back();
    message.role = role;
    message.parts.emplace_back().body = chat::Text{std::string(text)};
    return message;
  }

  void input(Value input) {
    if (input.kind() == Kind::text) {
      has_input_ = !input.text().empty();
      say(chat::Role::user, input.text());
      request_.extras.spelling |= spelled::bare_input;
      return;
    }
    for (const Value item : input.items()) {
      request_.messages.push_back(read_item(item, Side::input));
      if (find_extra(request_.messages.back().extras, item_of_tools) != nullptr) tools_of(item);
      has_input_ = true;
    }
  }

  /// Of two tools of one name the later one counts, in the earlier one's place: others refuse a
  /// name that comes twice.
  void tools_of(Value item) {
    Request announced;
    read_tools(item.at("tools"), announced);
    for (chat::Tool& tool : announced.tools) {
      tool.extras.spelling |= spelled::in_item;
      const std::size_t place = place_of(tool);
      if (place == request_.tools.size()) {
        request_.tools.push_back(std::move(tool));
        continue;
      }
      chat::Tool& earlier = request_.tools[place];
      if (!is_spelled(earlier.extras, spelled::in_item)) tool.extras = std::move(earlier.extras);
      earlier = std::move(tool);
    }
  }

  /// Of the tool of the same name; the end, where there is none.
  std::size_t place_of(const chat::Tool& tool) {
    for (; placed_ < request_.tools.size(); ++placed_) {
      const chat::Tool& known = request_.tools[placed_];
      if (!known.name.empty()) places_.try_emplace({known.space, known.name}, placed_);
    }
    const auto found = places_.find({tool.space, tool.name});
    return found == places_.end() ? request_.tools.size() : found->second;
  }

  void reasoning(Value reasoning) {
    chat::Extras rest;
    bool said = false;
    for (const auto [key, value] : reasoning.members()) {
      const bool is_text = value.kind() == Kind::text && !value.text().empty();
      if (key == "effort" && is_text) {
        effort(value.text());
        said = true;
      } else if (key == "summary" && is_text && summary(value.text())) {
        said = true;
      } else {
        if (is_text && (key == "summary" || key == "generate_summary")) {
          request_.thinking.show_text = true;
        }
        keep(rest, key, value);
      }
    }
    keep_rest("reasoning", rest, said);
  }

  void effort(std::string_view word) {
    request_.thinking.effort = word;
    request_.thinking.mode = word == "none" ? chat::Thinking::Mode::off : chat::Thinking::Mode::on;
  }

  bool summary(std::string_view word) {
    for (std::uint32_t i = 0; i < summary_words.size(); ++i) {
      if (summary_words[i] != word) continue;
      request_.thinking.show_text = true;
      request_.extras.spelling |= (i + 1) << spelled::summary_shift;
      return true;
    }
    return false;
  }

  void text(Value text) {
    chat::Extras rest;
    bool said = false;
    for (const auto [key, value] : text.members()) {
      if (key == "format" && value.kind() == Kind::object) {
        said = format(value);
        if (said) continue;
      }
      keep(rest, key, value);
    }
    keep_rest("text", rest, said);
  }

  /// Whether the model says all of it; where it does not, the whole format is an extra as well.
  bool format(Value format) {
    const Value type = format.find("type");
    const std::string_view word = type ? type.text() : std::string_view{};
    bool plain = true;
    OutputFormat read;
    for (const auto [key, value] : format.members()) {
      if (key == "type") continue;
      if (value.is_null() || word != "json_schema") {
        plain = false;
      } else if (key == "name") {
        read.name = value.text();
      } else if (key == "description") {
        read.description = value.text();
        plain = plain && !read.description.empty();
      } else if (key == "schema" && value.kind() == Kind::object) {
        read.schema = value.raw();
      } else if (key == "strict") {
        read.strict = value.boolean();
      } else {
        plain = false;
      }
    }
    if (word == "text") {
      if (plain) request_.extras.spelling |= spelled::text_format;
    } else if (word == "json_object") {
      read.kind = OutputFormat::Kind::json;
    } else if (word == "json_schema") {
      read.kind = OutputFormat::Kind::schema;
      plain = plain && !read.name.empty() && read.schema;
    } else {
      plain = false;
    }
    request_.format = std::move(read);
    return plain;
  }

  /// An empty object, too, has to come out again.
  void keep_rest(std::string_view name, const chat::Extras& rest, bool said) {
    if (said && rest.members.empty()) return;
    request_.extras.members.emplace_back(name, object_of(rest.members));
  }

  Request& request_;
  Value input_, instructions_, tools_, tool_choice_;
  bool has_input_ = false;
  bool goes_on_ = false;
  bool background_ = false;
  std::map<std::pair<std::string, std::string>, std::size_t> places_;  // of tools by space and name
  std::size_t placed_ = 0;                                             // so many tools are in it
};

}  // namespace

Result<Request> decode_request(std::string_view body) {
  const json::ScratchReader reader;
  const Value root = reader->read(body);
  if (root.kind() != Kind::object) {
    return Error(Error::Kind::bad_request, "Invalid JSON body");
  }
  Request request;
  Decoder decoder(request);
  decoder.read(root);
  if (Status read = reader->finish(); !read) return std::move(read).error();
  if (request.model.empty()) return Error(Error::Kind::bad_request, "Missing model");
  if (decoder.background()) {
    return Error(Error::Kind::bad_request,
                 "Unsupported Responses API feature: background is not supported by omniroute");
  }
  if (decoder.has_input() || decoder.goes_on()) return request;
  return Error(Error::Kind::bad_request, "Missing input");
}

}  // namespace omni::dialect::openai_responses
