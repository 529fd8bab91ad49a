// wire_documents <file>: writes every JSON document of every case as a line
//
//     {"what": "text: sent ollama -> anthropic", "schema": "anthropic.schema.json#/…", "document":
//     …}
//
// for validate.py: what providers get from us, what clients read from us, and what the cases
// say that providers and clients send.

#include <array>
#include <fstream>
#include <iostream>
#include <set>
#include <string>
#include <string_view>

#include "json/reader.h"
#include "json/writer.h"
#include "wire/json_text.h"
#include "wire/ways.h"

namespace omni::wire {
namespace {

using chat::Dialect;

struct Schemas {
  std::string_view request, reply, event;
};

const Schemas& schemas_of(Dialect dialect) {
  static constexpr std::array<Schemas, chat::all_dialects.size()> all{{
      {"openai.openapi.json#/components/schemas/CreateChatCompletionRequest",
       "openai.openapi.json#/components/schemas/CreateChatCompletionResponse",
       "openai-stream.schema.json#/definitions/ChatChunk"},
      {"openai-stream.schema.json#/definitions/ResponsesRequest",
       "openai-stream.schema.json#/definitions/ResponsesResponse",
       "openai-stream.schema.json#/definitions/ResponsesEvent"},
      {"anthropic.schema.json#/definitions/MessageCreateParams",
       "anthropic.schema.json#/definitions/Message",
       "anthropic.schema.json#/definitions/RawMessageStreamEvent"},
      {"gemini.schema.json#/definitions/GenerateContentRequest",
       "gemini.schema.json#/definitions/GenerateContentResponseWire",
       "gemini.schema.json#/definitions/GenerateContentResponseWire"},
      {"ollama.schema.json#/definitions/ChatRequest",
       "ollama.schema.json#/definitions/ChatResponse",
       "ollama.schema.json#/definitions/ChatResponse"},
  }};
  return all[static_cast<std::size_t>(dialect)];
}

constexpr std::string_view unfinished_line =
    "ollama.schema.json#/definitions/UnfinishedChatResponse";

/// Error frames, pings and ends have no schema.
bool is_plain_event(Dialect dialect, const std::string& data) {
  json::Reader reader;
  const json::Value root = reader.read(data);
  if (!root) return false;
  if (dialect == Dialect::openai_responses) return true;
  const std::string_view type =
      root.find("type").kind() == json::Kind::text ? root.find("type").text() : std::string_view();
  return !root.find("error") && type != "ping" && type != "error";
}

class Documents {
 public:
  explicit Documents(const char* path) : file_(path, std::ios::binary) {}

  void add(const std::string& what, std::string_view schema, std::string_view document) {
    const std::string text = canonical(document);
    if (!is_json(text) || !known_.insert(std::string(schema) + text).second) return;
    std::string line;
    json::Writer(line)
        .begin_object()
        .key("what")
        .text(what)
        .key("schema")
        .text(schema)
        .key("document")
        .raw(text)
        .end_object();
    file_ << line << "\n";
  }

  void add_stream(const std::string& what, Dialect dialect, std::string_view stream) {
    for (const Frame& frame : frames_of(stream)) {
      if (!is_plain_event(dialect, frame.data)) continue;
      const bool unfinished = dialect == Dialect::ollama &&
                              frame.data.find(R"("done":true)") == std::string::npos &&
                              frame.data.find(R"("done": true)") == std::string::npos;
      add(what, unfinished ? unfinished_line : schemas_of(dialect).event, frame.data);
    }
  }

  std::size_t size() const { return known_.size(); }
  bool good() const { return file_.good(); }

 private:
  std::ofstream file_;
  std::set<std::string> known_;
};

void add_written(Documents& documents, const Case& scenario) {
  for (const Dialect dialect : chat::all_dialects) {
    const std::string who = " " + std::string(chat::name_of(dialect));
    if (scenario.find("request", dialect) != nullptr) {
      documents.add(scenario.name + ": request" + who, schemas_of(dialect).request,
                    request_of(scenario, dialect).body);
    }
    const Section* const reply = scenario.find("reply", dialect);
    if (reply != nullptr && !Way(scenario, dialect, dialect).answer(reply->text).failure) {
      documents.add(scenario.name + ": reply" + who, schemas_of(dialect).reply, reply->text);
    }
    if (const Section* const stream = scenario.find("stream", dialect)) {
      documents.add_stream(scenario.name + ": stream" + who, dialect, stream->text);
    }
  }
}

void add_pair(Documents& documents, const Case& scenario, Dialect client, Dialect provider) {
  const Way way(scenario, client, provider);
  const std::string there =
      " " + std::string(chat::name_of(client)) + " -> " + std::string(chat::name_of(provider));
  const std::string back =
      " " + std::string(chat::name_of(provider)) + " -> " + std::string(chat::name_of(client));
  if (scenario.find("request", client) != nullptr && way.sent()) {
    documents.add(scenario.name + ": sent" + there, schemas_of(provider).request, way.sent()->body);
  }
  if (const Section* const reply = scenario.find("reply", provider)) {
    const Way::Answer answer = way.answer(reply->text);
    if (!answer.failure) {
      documents.add(scenario.name + ": answered" + back, schemas_of(client).reply, answer.text);
    }
  }
  if (const Section* const stream = scenario.find("stream", provider)) {
    documents.add_stream(scenario.name + ": told" + back, client, way.tell(stream->text).text);
  }
}

/// What its golden says.
void add_quirk(Documents& documents, const Case& scenario) {
  add_written(documents, scenario);
  for (const Section& section : scenario.generated) {
    const std::string what =
        scenario.name + ": " + section.kind + " " + section.words[0] + " -> " + section.words[2];
    const Dialect to = dialect_named(section.words.back()).value();
    if (section.kind == "told") {
      documents.add_stream(what, to, section.text);
    } else {
      const std::size_t path = section.text.find('\n');
      documents.add(what, schemas_of(to).request, std::string_view(section.text).substr(path + 1));
    }
  }
}

int write_documents(const char* path) {
  Documents documents(path);
  for (const std::string& name : case_names("quirks/")) add_quirk(documents, load_case(name));
  for (const std::string& name : case_names()) {
    const Case scenario = load_case(name);
    add_written(documents, scenario);
    for (const Dialect client : chat::all_dialects) {
      for (const Dialect provider : chat::all_dialects) {
        add_pair(documents, scenario, client, provider);
      }
    }
  }
  std::cout << documents.size() << " documents\n";
  return documents.good() ? 0 : 1;
}

}  // namespace
}  // namespace omni::wire

int main(int count, char** words) {
  if (count == 2) return omni::wire::write_documents(words[1]);
  std::cerr << "usage: wire_documents <file>\n";
  return 2;
}
