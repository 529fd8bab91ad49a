#include "gateway/selftest/stage.h"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/strings.h"
#include "json/reader.h"
#include "json/writer.h"

namespace omni::gateway::selftest {
namespace {

namespace fs = std::filesystem;
using chat::Dialect;

std::uint16_t port_of(const std::string& url) {
  return static_cast<std::uint16_t>(parse_unsigned(url.substr(url.rfind(':') + 1)).value_or(0));
}

/// The other proxies are for what is none of ours: whoever is asked through them refuses.
Config config_of(std::string data_dir, std::uint16_t provider_port) {
  const std::string nowhere = "http://127.0.0.1:" + std::to_string(provider_port);
  Config config;
  config.port = 0;
  config.data_dir = std::move(data_dir);
  config.threads = 2;
  config.shutdown_time = Millis{1'000};
  config.log_level = Log::Level::off;
  config.https_proxy = config.http_proxy = config.all_proxy = Secret(nowhere);
  config.no_proxy = {"127.0.0.1"};
  return config;
}

/// How a user's own provider of a dialect is defined.
struct Kind {
  std::string_view type, api_type, base_path;
};
Kind kind_of(Dialect dialect) {
  switch (dialect) {
    case Dialect::openai_responses:
      return {"openai-compatible", "responses", "/v1"};
    case Dialect::anthropic:
      return {"anthropic-compatible", "chat", "/v1"};
    case Dialect::gemini:
      return {"gemini-compatible", "chat", "/v1beta"};
    case Dialect::ollama:
      return {"ollama-compatible", "chat", ""};
    default:
      return {"openai-compatible", "chat", "/v1"};
  }
}

std::string node_json(Dialect dialect, std::uint16_t provider_port) {
  const Kind kind = kind_of(dialect);
  std::string base = "http://127.0.0.1:" + std::to_string(provider_port);
  std::string json;
  json::Writer writer(json);
  writer.begin_object().key("type").text(kind.type).key("apiType").text(kind.api_type);
  writer.key("name").text(prefix_of(dialect)).key("prefix").text(prefix_of(dialect));
  writer.key("baseUrl").text(base.append(kind.base_path)).end_object();
  return json;
}

}  // namespace

Result<std::unique_ptr<Scratch>> Scratch::make() {
  std::error_code unknown;
  std::string path = (fs::temp_directory_path(unknown) / "omniroute-selftest-XXXXXX").string();
  if (unknown) {
    return Error(Error::Kind::unavailable,
                 "there is no temporary directory (TMPDIR): " + unknown.message());
  }
  if (::mkdtemp(path.data()) == nullptr) {  // 0700
    return Error(Error::Kind::unavailable,
                 "cannot make a folder in the temporary directory (TMPDIR): " +
                     std::string(std::strerror(errno)));
  }
  return std::unique_ptr<Scratch>(new Scratch(std::move(path)));
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Provider::Provider(const Tools& tools)
    : service_({.keys = {std::string(key)}, .script = {}}, tools.clock),
      loops_(1, tools.log),
      server_(loops_, service_, tools.clock) {}

Provider::~Provider() { server_.drain(Millis{0}); }

Status Provider::listen() {
  const Result<std::uint16_t> port = server_.listen("127.0.0.1", 0);
  if (!port) return port.error();
  port_ = *port;
  return Nothing{};
}

House::House(std::string data_dir, std::uint16_t provider_port, const Tools& tools)
    : config_(config_of(std::move(data_dir), provider_port)),
      gateway_(config_, tools.clock, tools.random, tools.log) {}

Status House::start() {
  Status started = gateway_.start();
  port_ = port_of(gateway_.url());
  return started;
}

std::string prefix_of(Dialect dialect) { return "selftest-" + std::string(name_of(dialect)); }

Question post_json(std::string target, std::string body) {
  return {"POST", std::move(target), std::move(body), {{"content-type", "application/json"}}};
}

Status Stage::start() {
  provider_.emplace(tools_);
  if (Status listening = provider_->listen(); !listening) return listening;
  auto visitor = Visitor::make(tools_.log);
  if (!visitor) return visitor.error();
  visitor_ = *std::move(visitor);
  auto house = start_another("data");
  if (!house) return house.error();
  house_ = *std::move(house);
  for (const Dialect dialect : chat::all_dialects) {
    if (Status added = add_account(dialect); !added) return added;
  }
  return Nothing{};
}

Result<std::unique_ptr<House>> Stage::start_another(std::string_view name) const {
  auto house = std::make_unique<House>(path(name), provider_->port(), tools_);
  if (Status started = house->start(); !started) return started.error();
  return house;
}

Result<std::string> Stage::get(const House& house, const Question& question) {
  Result<Heard> heard = ask(house, question);
  std::string asked(question.method);
  asked.append(" ").append(question.target);
  if (!heard) return Error(heard.error().kind(), asked + ": " + heard.error().message());
  if (heard->status >= 200 && heard->status < 300) return std::move(heard->body);
  return Error(Error::Kind::internal,
               asked + ": status " + std::to_string(heard->status) + ", " + heard->body);
}

Status Stage::add_account(Dialect dialect) {
  const auto made =
      get(*house_, post_json("/api/provider-nodes", node_json(dialect, provider_->port())));
  if (!made) return made.error();
  json::Reader reader;
  const std::string id(reader.read(*made).find("node").find("id").text());
  if (Status read = reader.finish(); !read) return read;
  std::string json;
  json::Writer writer(json);
  writer.begin_object().key("provider").text(id).key("apiKey").text(Provider::key);
  writer.key("name").text("selftest").end_object();
  const auto added = get(*house_, post_json("/api/providers", std::move(json)));
  return added ? Status(Nothing{}) : added.error();
}

}  // namespace omni::gateway::selftest
