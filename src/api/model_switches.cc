#include "api/model_switches.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "json/scratch_reader.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
namespace shape = json::shape;

constexpr json::Shape flag = shape::boolean().or_null();
constexpr json::Shape fields = shape::object({}).or_null();

constexpr std::array protocol_members{
    MemberShape{"normalizeToolCallId", flag, Presence::optional, "As for the model."},
    MemberShape{"preserveOpenAIDeveloperRole", flag, Presence::optional, "As for the model."},
    MemberShape{"upstreamHeaders", fields, Presence::optional, "As for the model."}};
constexpr json::Shape protocol = shape::object(protocol_members).strict().or_null();
constexpr std::array protocols{
    MemberShape{"openai", protocol, Presence::optional, "For requests in chat completions."},
    MemberShape{"openai-responses", protocol, Presence::optional, "For requests in responses."},
    MemberShape{"claude", protocol, Presence::optional, "For requests in messages."}};

constexpr std::array members{
    MemberShape{"normalizeToolCallId", flag, Presence::optional,
                "Ids of calls become what every provider takes."},
    MemberShape{"preserveOpenAIDeveloperRole", flag, Presence::optional,
                "The role developer does not become system."},
    MemberShape{"upstreamHeaders", fields, Presence::optional,
                "Fields that go with its requests, at most 16."},
    MemberShape{"compatByProtocol", shape::object(protocols).strict().or_null(), Presence::optional,
                "The same for requests of one form alone."}};

/// Who we are and where the message ends is not for a user to say.
constexpr std::array<std::string_view, 15> reserved_fields{"authorization",
                                                           "proxy-authorization",
                                                           "proxy-authenticate",
                                                           "x-api-key",
                                                           "x-goog-api-key",
                                                           "api-key",
                                                           "cookie",
                                                           "host",
                                                           "connection",
                                                           "keep-alive",
                                                           "te",
                                                           "trailer",
                                                           "transfer-encoding",
                                                           "upgrade",
                                                           "content-length"};

bool is_field_name(std::string_view name) {
  constexpr std::size_t bytes_max = 128;
  const bool plain = std::ranges::all_of(name, [](char c) {
    return c > ' ' && c < 0x7f &&
           std::string_view("\":,;()<>@[]{}\\/=?").find(c) == std::string_view::npos;
  });
  return plain && !name.empty() && name.size() <= bytes_max &&
         std::ranges::find(reserved_fields, to_lower(name)) == reserved_fields.end();
}

bool is_field_value(json::Value value) {
  constexpr std::size_t bytes_max = 4096;
  if (value.kind() != json::Kind::text) return false;
  const std::string_view text = value.text();
  return text.size() <= bytes_max && std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
         });
}

Status check_fields(json::Value object, std::string_view place) {
  constexpr std::size_t fields_max = 16;
  std::size_t count = 0;
  for (const auto [name, value] : object.members()) {
    if (!is_field_name(name) || !is_field_value(value)) {
      return Error(Error::Kind::bad_request,
                   std::string(place) + "." + std::string(name) + ": may not be sent");
    }
    ++count;
  }
  if (count <= fields_max) return Nothing{};
  return Error(Error::Kind::bad_request, std::string(place) + ": must be at most 16");
}

Status check_all_fields(json::Value body) {
  Status fit = check_fields(body.find("upstreamHeaders"), "upstreamHeaders");
  for (const auto [name, value] : body.find("compatByProtocol").members()) {
    if (fit && !value.is_null()) {
      fit = check_fields(value.find("upstreamHeaders"),
                         "compatByProtocol." + std::string(name) + ".upstreamHeaders");
    }
  }
  return fit;
}

}  // namespace

std::span<const MemberShape> model_switch_members() { return members; }

Status apply_model_switches(store::ModelSwitches& switches, json::Value body) {
  if (Status fit = check_all_fields(body); !fit) return fit;
  const json::ScratchReader reader;
  const json::Value before = reader->read(switches.settings.text());
  std::string text;
  json::Writer writer(text);
  writer.begin_object();
  for (const MemberShape& member : members) {
    json::Value kept = before.find(member.name);
    for (const auto [name, value] : body.members()) {
      if (name == member.name) kept = value;
    }
    if (kept && !kept.is_null()) writer.key(member.name).raw(kept.slice());
  }
  writer.end_object();
  switches.settings = json::Raw::trusted(std::move(text));
  return Nothing{};
}

void write_model_switches(json::Writer& writer, const store::ModelSwitches& switches) {
  writer.key("isHidden").boolean(switches.hidden);
  const json::ScratchReader reader;
  for (const auto [name, value] : reader->read(switches.settings.text()).members()) {
    writer.key(name).raw(value.slice());
  }
}

}  // namespace omni::api
