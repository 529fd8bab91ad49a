#include "catalog/file.h"

#include <algorithm>
#include <array>

#include "catalog/members.h"
#include "json/format.h"

namespace omni::catalog {
namespace {

using json::Value;
using Scheme = Auth::Scheme;

constexpr std::size_t id_bytes_max = 64;
constexpr std::string_view inside = "builtin:";  // of an address that is none

bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }
bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// Of a provider or an alias: what may stand before the `/` of a model, and be a file's name.
bool is_id(std::string_view text) {
  const auto fits = [](char c) { return is_letter_or_digit(c) || is_one_of(c, "-_."); };
  return !text.empty() && text.size() <= id_bytes_max && is_letter_or_digit(text.front()) &&
         std::all_of(text.begin(), text.end(), fits);
}

/// A token as HTTP has it, in the lower case that it is sent in.
bool is_field_name(std::string_view text) {
  const auto fits = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// Every `{name}` replaced by a letter; nothing where a brace is alone or a name is odd.
std::optional<std::string> filled(std::string_view base) {
  std::string text;
  while (!base.empty()) {
    const char c = base.front();
    if (c == '}') return std::nullopt;
    if (c != '{') {
      text.push_back(c);
      base.remove_prefix(1);
      continue;
    }
    const std::size_t end = base.find('}');
    if (end == std::string_view::npos || !is_field_name(base.substr(1, end - 1))) {
      return std::nullopt;
    }
    text.push_back('x');
    base.remove_prefix(end + 1);
  }
  return text;
}

bool is_base(std::string_view base) {
  if (base.starts_with(inside)) return is_id(base.substr(inside.size()));
  const std::optional<std::string> address = filled(base);
  const auto odd = [](char c) { return c <= ' ' || c > '~' || is_one_of(c, "?#\\"); };
  return address && !base.ends_with('/') && json::format::url.fits(*address) &&
         std::none_of(base.begin(), base.end(), odd);
}

void read_name(Draft& draft, Value value) {
  draft.provider.name = value.text();
  if (!json::format::name.fits(draft.provider.name)) value.refuse(json::format::name.words);
}

void read_id(Draft& draft, Value value) {
  draft.provider.id = value.text();
  if (!is_id(draft.provider.id)) value.refuse("must be of a-z, 0-9, -, _ and .");
}

void read_aliases(Draft& draft, Value value) {
  draft.provider.aliases = read_texts(value);
  if (!std::ranges::all_of(draft.provider.aliases, is_id)) {
    value.refuse("must be of a-z, 0-9, -, _ and .");
  }
}

void read_website(Draft& draft, Value value) {
  draft.provider.website = value.text();
  if (!json::format::url.fits(draft.provider.website)) value.refuse(json::format::url.words);
}

void read_endpoints(Draft& draft, Value value) {
  std::vector<Endpoint>& endpoints = draft.provider.endpoints;
  endpoints.clear();
  for (const auto [name, base] : value.members()) {
    const std::optional<chat::Dialect> dialect = dialect_named(name);
    if (!dialect) return base.refuse("there is no such dialect");
    if (draft.provider.find_endpoint(*dialect) != nullptr) return base.refuse("stands here twice");
    endpoints.push_back({*dialect, std::string(base.text())});
    if (!is_base(endpoints.back().base)) {
      base.refuse("must be an address of https without a / at its end");
    }
  }
}

std::optional<Scheme> scheme_named(std::string_view name) {
  constexpr std::array<std::string_view, 4> names{"none", "bearer", "field", "query"};
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Scheme>(found - names.begin());
}

constexpr std::array<MemberRow<Auth>, 3> auth_rows{{
    {"scheme", [](Auth& auth, Value value) { auth.scheme = read_word(value, scheme_named); }},
    {"name", [](Auth& auth, Value value) { auth.name = value.text(); }},
    {"prefix", [](Auth& auth, Value value) { auth.prefix = value.text(); }},
}};

void read_auth(Draft& draft, Value value) {
  Auth auth;
  read_members<Auth>(value, auth_rows, auth);
  const bool named = auth.scheme == Scheme::field || auth.scheme == Scheme::query;
  if (named != is_field_name(auth.name)) {
    value.refuse("a field or query has a name of a-z, 0-9, - and _, and nothing else has");
  }
  if (!auth.prefix.empty() && (auth.scheme != Scheme::field || !is_printable(auth.prefix))) {
    value.refuse("only a field has a prefix");
  }
  draft.provider.auth = std::move(auth);
}

void read_fields(Draft& draft, Value value) {
  auto& fields = draft.provider.fields;
  fields.clear();
  for (const auto [name, text] : value.members()) {
    const bool twice =
        std::ranges::any_of(fields, [&](auto& field) { return field.first == name; });
    if (twice) return text.refuse("stands here twice");
    fields.emplace_back(name, text.text());
    if (!is_field_name(name) || !is_printable(fields.back().second)) {
      text.refuse("must be a field's name in small letters, and printable");
    }
  }
}

void read_models_path(Draft& draft, Value value) {
  std::string& path = draft.provider.models_path;
  path = value.text();
  if (!path.empty() && (!path.starts_with('/') || !is_printable(path))) {
    value.refuse("must begin with /");
  }
}

constexpr std::array<MemberRow<QuotaQuestion>, 2> quota_rows{{
    {"form",
     [](QuotaQuestion& quota, Value value) { quota.form = read_word(value, quota_form_named); }},
    {"url", [](QuotaQuestion& quota, Value value) { quota.url = value.text(); }},
}};

void read_quota(Draft& draft, Value value) {
  QuotaQuestion quota;
  read_members<QuotaQuestion>(value, quota_rows, quota);
  const bool whole = quota.url.starts_with("https://");
  if ((!whole && !quota.url.starts_with('/')) || !is_printable(quota.url)) {
    value.refuse("has an url that begins with / or https://");
  }
  draft.provider.quota = std::move(quota);
}

constexpr std::array<MemberRow<EmbeddingManner>, 2> embedding_rows{{
    {"inputs_max",
     [](EmbeddingManner& manner, Value value) {
       const std::int64_t most = value.integer();
       if (most < 1) value.refuse("must be 1 or more");
       manner.inputs_max = static_cast<std::size_t>(most);
     }},
    {"usual",
     [](EmbeddingManner& manner, Value value) {
       for (const auto [name, said] : value.members()) manner.usual.emplace_back(name, said.raw());
     }},
}};

void read_embeddings(Draft& draft, Value value) {
  EmbeddingManner manner;
  read_members<EmbeddingManner>(value, embedding_rows, manner);
  draft.provider.embeddings = std::move(manner);
}

constexpr std::array<MemberRow<TranscriptionService>, 2> transcription_rows{{
    {"form",
     [](TranscriptionService& service, Value value) {
       service.form = read_word(value, transcription_form_named);
     }},
    {"base", [](TranscriptionService& service, Value value) { service.base = value.text(); }},
}};

void read_transcriptions(Draft& draft, Value value) {
  TranscriptionService service;
  read_members<TranscriptionService>(value, transcription_rows, service);
  if (!is_base(service.base) || service.base.starts_with(inside)) {
    value.refuse("has a base, an address of https without a / at its end");
  }
  draft.provider.transcriptions = std::move(service);
}

void read_families(Draft& draft, Value value) {
  draft.provider.families.clear();
  for (const std::string& name : read_texts(value)) {
    const auto family = draft.families->find(name);
    if (family == draft.families->end()) {
      return value.refuse("there is no family \"" + json::presentable(name) + "\"");
    }
    draft.provider.families.push_back(family->second);
  }
}

template <bool Provider::*member>
void read_flag(Draft& draft, Value value) {
  draft.provider.*member = value.boolean();
}

template <auto member>
void read_list(Draft& draft, Value value) {
  draft.provider.*member = read_texts(value);
}

/// For what is read elsewhere, or only by tools/refresh_catalog.py.
void look_away(Draft&, Value) {}

constexpr std::array<MemberRow<Draft>, 23> rows{{
    {"id", read_id},
    {"name", read_name},
    {"aliases", read_aliases},
    {"category",
     [](Draft& draft, Value value) { draft.provider.category = read_word(value, category_named); }},
    {"website", read_website},
    {"env", read_list<&Provider::env>},
    {"endpoints", read_endpoints},
    {"auth", read_auth},
    {"fields", read_fields},
    {"models_path", read_models_path},
    {"quota", read_quota},
    {"embeddings", read_embeddings},
    {"transcriptions", read_transcriptions},
    {"quirks", [](Draft& draft, Value value) { draft.provider.quirks = read_quirks(value); }},
    {"families", read_families},
    {"dropped_members", read_list<&Provider::dropped_members>},
    {"home_of", read_list<&Provider::home_of>},
    {"any_model", read_flag<&Provider::any_model>},
    {"private_address", read_flag<&Provider::private_address>},
    {"hook", [](Draft& draft, Value value) { draft.provider.hook = value.text(); }},
    {"facts", look_away},
    {"models_by_hand", look_away},
    {"models", look_away},
}};

constexpr std::array<MemberRow<Provider::Family>, 3> family_rows{{
    {"patterns",
     [](Provider::Family& family, Value value) { family.patterns = read_texts(value); }},
    {"dialects",
     [](Provider::Family& family, Value value) { family.dialects = read_dialects(value); }},
    {"quirks", [](Provider::Family& family, Value value) { family.quirks = read_quirks(value); }},
}};

Error wrong(std::string message) { return {Error::Kind::bad_request, std::move(message)}; }

bool is_guarded(const Provider& provider, std::string_view base) {
  return provider.private_address || !base.starts_with("http:");
}

Status check_endpoints(const Provider& provider) {
  for (const Endpoint& endpoint : provider.endpoints) {
    const std::string place = std::string("endpoints.").append(chat::name_of(endpoint.dialect));
    if (endpoint.base.starts_with(inside) == provider.hook.empty()) {
      return wrong(place + ": an address \"builtin:…\" and a hook go together");
    }
    if (!is_guarded(provider, endpoint.base)) {
      return wrong(place + ": must be https where private_address is not true");
    }
  }
  if (provider.transcriptions && !is_guarded(provider, provider.transcriptions->base)) {
    return wrong("transcriptions: must be https where private_address is not true");
  }
  return Nothing{};
}

Status check_model(const Provider& provider, const Model& model) {
  if (model.kind == Model::Kind::chat && provider.endpoints.empty()) {
    return wrong("endpoints: none speaks what chat model \"" + json::presentable(model.id) +
                 "\" is asked in");
  }
  for (const chat::Dialect dialect : model.dialects) {
    if (provider.find_endpoint(dialect) != nullptr) continue;
    return wrong(std::string("endpoints: none speaks ")
                     .append(chat::name_of(dialect))
                     .append(", which model \"" + json::presentable(model.id) + "\" names"));
  }
  return Nothing{};
}

}  // namespace

void read_provider(Value file, Draft& draft) {
  read_members<Draft>(file, rows, draft);
  // Those by hand go over the others, wherever they stand.
  read_models(file.find("models"), draft.provider);
  read_models(file.find("models_by_hand"), draft.provider);
}

void read_family(Value file, Provider::Family& family) {
  read_members<Provider::Family>(file, family_rows, family);
  if (file && (family.patterns.empty() || family.quirks.empty())) {
    file.refuse("must have patterns and quirks");
  }
}

Status check(const Provider& provider) {
  if (provider.id.empty()) return wrong("id: is missing");
  if (provider.name.empty()) return wrong("name: is missing");
  if (std::ranges::find(provider.aliases, provider.id) != provider.aliases.end()) {
    return wrong("aliases: \"" + provider.id + "\" is the id itself");
  }
  if (Status checked = check_endpoints(provider); !checked) return checked;
  for (const Model& model : provider.models) {
    if (Status checked = check_model(provider, model); !checked) return checked;
  }
  return Nothing{};
}

std::vector<std::string_view> provider_members() { return names_of<Draft>(rows); }

}  // namespace omni::catalog
