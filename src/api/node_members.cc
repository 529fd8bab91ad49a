#include "api/node_members.h"

#include <algorithm>

#include "api/provider_formats.h"
#include "base/strings.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
using store::ProviderNode;
namespace shape = json::shape;

/// A prefix ends before the first slash of a model's name and is no pattern.
bool is_prefix(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}
constexpr json::Format prefix_format{"prefix", "must be of letters, digits, -, _ and .", is_prefix};

constexpr json::Shape path_shape = shape::text(0, 500).like(format::provider_path).or_null();
constexpr std::array<std::string_view, 6> api_types{"chat",         "responses",
                                                    "embeddings",   "audio-transcriptions",
                                                    "audio-speech", "images-generations"};
constexpr std::array<std::string_view, 1> compat_modes{"cc"};

constexpr std::array changing{
    MemberShape{"name", shape::text(1, 200).like(json::format::name), Presence::optional,
                "What people call it."},
    MemberShape{"prefix", shape::text(1, 64).like(prefix_format), Presence::optional,
                "What stands before the names of its models."},
    MemberShape{"apiType", shape::choice(api_types), Presence::optional,
                "What an OpenAI-compatible one answers; chat."},
    MemberShape{"baseUrl", shape::text(0, 2000).like(format::provider_url), Presence::optional,
                "Where it is."},
    MemberShape{"chatPath", path_shape, Presence::optional, "Where it answers, behind that."},
    MemberShape{"modelsPath", path_shape, Presence::optional, "Where its list of models is."}};

const auto beginning = [] {
  std::array<MemberShape, changing.size() + 2> all{};
  std::ranges::copy(changing, all.begin());
  all[0].presence = all[1].presence = Presence::required;
  all[changing.size()] = {"type", shape::choice(node_type_names), Presence::optional,
                          "What it speaks; openai-compatible."};
  all[changing.size() + 1] = {"compatMode", shape::choice(compat_modes), Presence::optional,
                              "Of the predecessor; refused."};
  return all;
}();

/// What is stored where nobody says: of Ollama the address itself, for a name may lead to IPv6.
std::string_view usual_base(std::string_view type) {
  const route::NodeType& known = route::node_type(type);
  return known.dialect == chat::Dialect::ollama ? "http://127.0.0.1:11434" : known.base_url;
}

/// People copy the whole address out of a manual.
std::string without_ending(std::string_view url, std::string_view type) {
  const auto drop = [&](std::string_view end) {
    if (url.ends_with(end)) url.remove_suffix(end.size());
  };
  while (url.ends_with('/')) drop("/");
  if (type == "anthropic-compatible") drop("/messages");
  while (url.ends_with('/')) drop("/");
  return std::string(url);
}

}  // namespace

std::span<const MemberShape> node_members() { return changing; }
std::span<const MemberShape> members_of_new_node() { return beginning; }

Result<ProviderNode> new_node(json::Value body, std::string_view unique) {
  if (body.find("compatMode")) {
    return Error(Error::Kind::bad_request, "compatMode: there is no such provider here");
  }
  ProviderNode node;
  const std::string_view type = body.find("type").text();
  node.type = type.empty() ? node_type_names.front() : type;
  node.id = node.type + "-";
  node.base_url = usual_base(node.type);
  apply_node_members(node, body);
  if (node.type == "openai-compatible") {
    if (node.api_type.empty()) node.api_type = api_types.front();
    node.id += node.api_type + "-";
  }
  node.id += unique;
  return node;
}

void apply_node_members(ProviderNode& node, json::Value body) {
  const auto set = [&](std::string& member, std::string_view name) {
    for (const auto [key, value] : body.members()) {
      if (key == name) member = value.is_null() ? "" : value.text();
    }
  };
  set(node.name, "name");
  set(node.prefix, "prefix");
  if (node.type == "openai-compatible") set(node.api_type, "apiType");
  set(node.chat_path, "chatPath");
  set(node.models_path, "modelsPath");
  if (const std::string_view base = body.find("baseUrl").text(); !base.empty()) {
    node.base_url = without_ending(base, node.type);
  }
}

void write_node(json::Writer& writer, const ProviderNode& node) {
  const auto path_or_null = [&](std::string_view name, const std::string& path) {
    writer.key(name);
    if (path.empty()) {
      writer.null();
    } else {
      writer.text(path);
    }
  };
  writer.begin_object().key("id").text(node.id).key("type").text(node.type);
  writer.key("name").text(node.name).key("prefix").text(node.prefix);
  writer.key("apiType").text(node.api_type).key("baseUrl").text(node.base_url);
  writer.key("createdAt").text(iso8601(node.created_at));
  writer.key("updatedAt").text(iso8601(node.updated_at));
  path_or_null("chatPath", node.chat_path);
  path_or_null("modelsPath", node.models_path);
  writer.end_object();
}

}  // namespace omni::api
