#include "pipeline/test_pipeline.h"

#include <array>
#include <charconv>

#include "base/strings.h"
#include "chat/collector.h"
#include "dialect/test_answers.h"
#include "store/migrations.h"
#include "store/settings_table.h"
#include "store/sql/sqlite.h"

namespace omni::pipeline::testing {
namespace {

using chat::Dialect;
using net::Method;
using net::Role;

/// Those that only write recordings down.
std::vector<catalog::Catalog::Document> listeners_at(const std::string& url) {
  const auto listener = [](const std::string& id, const std::string& rest) {
    return catalog::Catalog::Document{
        id, R"({"id": ")" + id + R"(", "name": ")" + id + R"(", "private_address": true, )" + rest +
                R"(, "models": [{"id": "ear", "kind": "transcription",
                                  "price": {"minute": 6000}}]})"};
  };
  const auto of_form = [&](const std::string& form, const std::string& at) {
    return R"(, "transcriptions": {"form": ")" + form + R"(", "base": ")" + url + at + R"("})";
  };
  const std::string auth = R"("auth": {"scheme": "field", "name": "authorization")";
  return {
      listener("oa", R"("endpoints": {"openai_chat": ")" + url + R"(/oa"})"),
      listener("dg", auth + R"(, "prefix": "Token "})" + of_form("deepgram", "/dg")),
      listener("aa", auth + "}" + of_form("assemblyai", "/aa")),
  };
}

std::shared_ptr<const catalog::Catalog> catalog_at(const std::string& url) {
  struct Row {
    std::string id, dialect, auth;
  };
  const std::vector<Row> rows{
      {"ch", "openai_chat", R"({"scheme": "bearer"})"},
      {"re", "openai_responses", R"({"scheme": "bearer"})"},
      {"an", "anthropic", R"({"scheme": "field", "name": "x-api-key"})"},
      {"ge", "gemini", R"({"scheme": "field", "name": "x-goog-api-key"})"},
      {"ol", "ollama", R"({"scheme": "bearer"})"},
  };
  std::vector<catalog::Catalog::Document> documents;
  for (const Row& row : rows) {
    documents.push_back({row.id, R"({"id": ")" + row.id + R"(", "name": ")" + row.id +
                                     R"(", "private_address": true, "endpoints": {")" +
                                     row.dialect + R"(": ")" + url + "/" + row.id +
                                     R"("}, "auth": )" + row.auth +
                                     R"(, "models": [{"id": "m", "name": "M", "tools": true,
                                       "price": {"input": 1, "output": 2}}]})"});
  }
  for (const auto& document : listeners_at(url)) documents.push_back(document);
  auto loaded = catalog::Catalog::load(documents);
  EXPECT_TRUE(loaded) << loaded.error().message();
  return *loaded;
}

std::string without_chunks(std::string_view body) {
  std::string whole;
  for (;;) {
    const std::size_t line = body.find("\r\n");
    std::size_t size = 0;
    if (line == std::string_view::npos) return whole;
    std::from_chars(body.data(), body.data() + line, size, 16);
    body.remove_prefix(line + 2);
    if (size == 0 || body.size() < size) return whole;
    whole += body.substr(0, size);
    body.remove_prefix(std::min(body.size(), size + 2));
  }
}

}  // namespace

std::string TestAnswer::field(std::string_view name) const {
  const std::string wanted = "\r\n" + std::string(name) + ": ";
  const std::size_t at = to_lower(head).find(wanted);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + wanted.size();
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

TestAnswer parse_answer(const std::string& bytes) {
  TestAnswer answer;
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return answer;
  answer.head = bytes.substr(0, end + 2);
  answer.body = bytes.substr(end + 4);
  answer.status = std::stoi(bytes.substr(9, 3));
  if (answer.field("transfer-encoding") == "chunked") answer.body = without_chunks(answer.body);
  return answer;
}

Heard hear(Dialect client, const TestAnswer& answer) {
  const dialect::Codec& codec = dialect::codec_for(client);
  if (answer.status >= 400) return {.failure = codec.decode_error(answer.status, answer.body)};
  chat::Collector collector;
  const std::string type = answer.field("content-type");
  if (type == "text/event-stream" || type == "application/x-ndjson") {
    const auto decoder = codec.stream_decoder();
    decoder->feed(answer.body, collector);
    decoder->finish(collector);
  } else {
    const auto decoded = codec.decode_reply(answer.body);
    if (const auto* failure = std::get_if<chat::Failure>(&decoded)) return {.failure = *failure};
    chat::replay(std::get<chat::Reply>(decoded), collector);
  }
  Heard heard{.usage = collector.reply().usage, .failure = collector.failure()};
  for (const chat::Choice& choice : collector.reply().choices) {
    for (const chat::Part& part : choice.parts) {
      const auto* call = std::get_if<chat::ToolCall>(&part.body);
      if (call != nullptr) heard.calls.push_back(*call);
      if (call == nullptr) heard.text += chat::text_of(part);
    }
  }
  return heard;
}

upstream::testing::Reply hi(Dialect provider, Mode mode) {
  const auto answers = mode == Mode::stream ? dialect::streams() : dialect::replies();
  upstream::testing::Reply reply;
  for (const dialect::Answer& answer : answers) {
    if (answer.dialect == provider) reply.pieces = {answer.text};
  }
  if (mode == Mode::whole) return reply;
  reply.type = provider == Dialect::ollama ? "application/x-ndjson" : "text/event-stream";
  return reply;
}

std::string half_of_hi(Dialect provider) {
  const std::string whole = hi(provider, Mode::stream).pieces[0];
  const std::string_view end = provider == Dialect::ollama   ? "\n"
                               : provider == Dialect::gemini ? "\r\n\r\n"
                                                             : "\n\n";
  return whole.substr(0, whole.find(end, whole.find("\"Hi\"")) + end.size());
}

std::string provider_of(Dialect dialect) {
  constexpr std::array<std::string_view, chat::all_dialects.size()> ids{"ch", "re", "an", "ge",
                                                                        "ol"};
  return std::string(ids[static_cast<std::size_t>(dialect)]);
}

std::string Ask::bytes() const {
  std::string text = method + " " + path + " HTTP/1.1\r\nhost: localhost\r\n";
  text += "content-type: application/json\r\ncontent-length: " + std::to_string(body.size());
  return text + "\r\nconnection: close\r\n" + fields + "\r\n" + body;
}

PipelineTest::PipelineTest()
    : views_(std::make_unique<Views>(catalog_at(provider_.url()), memory_)) {
  auto opened = store::ConfigStore::open({folder_.path(), Secret()}, random_, world_.log);
  EXPECT_TRUE(opened) << opened.error().message();
  store_ = *std::move(opened);
  gate_.follow(*store_);
  views_->follow(*store_);
  open_usage();
  EXPECT_TRUE(recall_.archive.follow(*usage_database_));
  budgets_.follow(*store_, *usage_);
  tls_ = *net::ClientTls::make({});
  start({}, heartbeat_);
}

PipelineTest::~PipelineTest() {
  server_.reset();
  refresher_.reset();
  upstream_.reset();
  store_.reset();
}

void PipelineTest::open_usage() {
  const std::string path = folder_.file("usage.sqlite");
  EXPECT_TRUE(store::migrate(**sql::open_sqlite(path), store::migrations_of("usage")));
  usage_database_ = std::make_unique<store::Database>(*sql::open_sqlite(path),
                                                      *sql::open_sqlite(path, {.read_only = true}),
                                                      store::Database::Options{});
  usage_ = std::make_unique<store::UsageLog>(
      store::UsageLog::Surroundings{*usage_database_, clock_, world_.log},
      store::UsageLog::Options{});
  bodies_ = std::make_unique<store::BodyLog>(
      store::UsageLog::Surroundings{*usage_database_, clock_, world_.log}, *usage_,
      store::BodyLog::Options{.files = {.folder = folder_.file("call_logs")}});
}

void PipelineTest::start(const net::CallTimes& times, Millis heartbeat) {
  server_.reset();
  refresher_.reset();
  upstream_.reset();
  heartbeat_ = heartbeat;
  upstream_ = std::make_unique<upstream::Upstream>(
      world_.loops, *tls_, clock_,
      upstream::Upstream::Options{
          .user_agent = "omniroute/test", .times = times, .polling = polling_});
  refresher_ = std::make_unique<account::Refresher>(
      account::Refresher::Surroundings{*store_, *upstream_, world_.loops, clock_, world_.log},
      account::Refresher::Options{.pause = Millis{1}, .parting = Millis{1}});
  chat_ = std::make_unique<Chat>(parts());
  count_tokens_ = std::make_unique<CountTokens>(parts());
  router_ = std::make_unique<net::Router>(routes(), &gate_);
  server_ = std::make_unique<net::testing::TestServer>(world_, [this](net::Exchange& exchange) {
    const std::string_view id = exchange.request().field("x-request-id");
    exchange.set_id(id.empty() ? "r-1" : std::string(id));
    return router_->handle(exchange);
  });
}

Parts PipelineTest::parts() {
  return {.views = *views_,
          .accounts = accounts_,
          .breakers = breakers_,
          .sessions = sessions_,
          .refresher = *refresher_,
          .upstream = *upstream_,
          .seals = seals_,
          .items = items_,
          .recall = recall_,
          .workers = workers_,
          .usage = *usage_,
          .budgets = budgets_,
          .traces = traces_,
          .watch = watch_,
          .clock = clock_,
          .random = random_,
          .log = world_.log,
          .heartbeat = heartbeat_,
          .progress = progress_,
          .patience = patience_,
          .bodies = bodies_.get(),
          .upload_folder = folder_.path()};
}

std::vector<net::Route> PipelineTest::routes() {
  const auto answer = [this](Dialect dialect) -> net::Route::Handler {
    return [this, dialect](net::Exchange& exchange) {
      return chat_->handle(exchange, {.dialect = dialect});
    };
  };
  const auto count = [this](Dialect dialect) -> net::Route::Handler {
    return [this, dialect](net::Exchange& exchange) {
      return count_tokens_->handle(exchange, {.dialect = dialect});
    };
  };
  const auto gemini = [this](net::Exchange& exchange) {
    const bool counts = exchange.param("path").ends_with(":countTokens");
    return counts ? count_tokens_->handle(exchange, {.dialect = Dialect::gemini})
                  : chat_->handle(exchange, {.dialect = Dialect::gemini});
  };
  const auto of_provider = [this](net::Exchange& exchange) {
    return chat_->handle(exchange,
                         {.dialect = Dialect::openai_chat, .provider = exchange.param("provider")});
  };
  return {
      {Method::post, "/v1/chat/completions", Role::client, "", answer(Dialect::openai_chat)},
      {Method::post, "/v1/responses", Role::client, "", answer(Dialect::openai_responses)},
      {Method::post, "/v1/responses/input_tokens", Role::client, "",
       count(Dialect::openai_responses)},
      {Method::post, "/v1/messages", Role::client, "", answer(Dialect::anthropic)},
      {Method::post, "/v1/messages/count_tokens", Role::client, "", count(Dialect::anthropic)},
      {Method::post, "/v1beta/models/{path...}", Role::client, "", gemini},
      {Method::post, "/api/chat", Role::client, "", answer(Dialect::ollama)},
      {Method::post, "/explain", Role::client, "",
       [this](net::Exchange& exchange) {
         explained_(exchange);
         return exchange.reply_json(200, "{}");
       }},
      {Method::post, "/v1/providers/{provider}/chat/completions", Role::client, "", of_provider},
  };
}

void PipelineTest::connect(std::string provider, std::string key) {
  store::Connection connection;
  connection.id = "c-" + key;
  connection.name = key;
  connection.provider = std::move(provider);
  connection.api_key = Secret(key);
  connection.priority = static_cast<std::int64_t>(store_->current()->connections.size()) + 1;
  write([&](sql::Session& session) {
    return store::add_connection(session, store_->sealer(), connection);
  });
}

void PipelineTest::add_key(std::string name, const std::function<void(store::ApiKey&)>& change) {
  store::ApiKey key;
  key.id = "id-" + name;
  key.name = name;
  key.hash = identity::token_hash(Secret("sk-" + name));
  if (change) change(key);
  write([&](sql::Session& session) { return store::add_api_key(session, key); });
}

void PipelineTest::set(std::string_view name, const std::function<void(store::Settings&)>& change) {
  store::Settings settings = store_->current()->settings;
  change(settings);
  const store::SettingRow* row = store::find_setting(name);
  ASSERT_NE(row, nullptr) << name;
  write([&](sql::Session& session) {
    const store::SettingWriter writer{session, store_->sealer(), clock_.wall()};
    return writer.store(settings, *row);
  });
}

void PipelineTest::advance(Millis by) {
  world_.run([this, by]() -> net::Task<> {
    clock_.advance(by);
    co_return;
  });
}

void PipelineTest::add_combo(const std::string& name, const std::string& data) {
  store::Combo combo{.id = "id-" + name, .name = name};
  json::Reader reader;
  store::read_combo(reader.read(data), combo);
  write([&](sql::Session& session) { return store::add_combo(session, combo); });
}

net::testing::RawClient PipelineTest::begin(const Ask& ask) {
  net::testing::RawClient client(port());
  client.send(ask.bytes());
  return client;
}

TestAnswer PipelineTest::ask(const Ask& ask) { return parse_answer(begin(ask).read_to_end()); }

TestAnswer PipelineTest::ask(Dialect client, std::string_view model, Mode mode) {
  return ask(turn(client, model, mode));
}

Ask PipelineTest::turn(Dialect client, std::string_view model, Mode mode) {
  const bool stream = mode == Mode::stream;
  const std::string name(model), streams = stream ? "true" : "false";
  const std::string start = R"({"model":")" + name + R"(","stream":)" + streams;
  const std::string messages = R"(,"messages":[{"role":"user","content":"Hi"}]})";
  switch (client) {
    case Dialect::openai_chat:
      return {"/v1/chat/completions", start + messages};
    case Dialect::openai_responses:
      return {"/v1/responses", start + R"(,"input":"Hi"})"};
    case Dialect::anthropic:
      return {"/v1/messages", start + R"(,"max_tokens":99)" + messages};
    case Dialect::gemini:
      return {"/v1beta/models/" + name +
                  (stream ? ":streamGenerateContent?alt=sse" : ":generateContent"),
              R"({"contents":[{"role":"user","parts":[{"text":"Hi"}]}]})"};
    case Dialect::ollama:
      return {"/api/chat", start + messages};
  }
  return {};
}

Ask PipelineTest::saying(Ask ask, std::string_view member) {
  ask.body.insert(1, std::string(member) + ",");
  return ask;
}

Ask PipelineTest::by(const char* name, Ask ask) {
  ask.fields += std::string("authorization: Bearer sk-") + name + "\r\n";
  return ask;
}

Ask PipelineTest::cold(Dialect client, Mode mode, std::string_view model) {
  const Ask ask = turn(client, model, mode);
  switch (client) {
    case Dialect::openai_chat:
      return saying(ask, R"("temperature":0,"max_tokens":99)");
    case Dialect::openai_responses:
      return saying(ask, R"("temperature":0,"max_output_tokens":99)");
    case Dialect::anthropic:
      return saying(ask, R"("temperature":0)");
    case Dialect::gemini:
      return saying(ask, R"("generationConfig":{"temperature":0,"maxOutputTokens":99})");
    case Dialect::ollama:
      return saying(ask, R"("options":{"temperature":0,"num_predict":99})");
  }
  return ask;
}

std::string PipelineTest::usage(const std::string& column, std::size_t rows) {
  EXPECT_TRUE(net::testing::eventually([&] { return usage_->counts().stored >= rows; }));
  return select("SELECT " + column + " FROM usage ORDER BY rowid");
}

std::string PipelineTest::calls(const std::string& column, std::size_t rows) {
  EXPECT_TRUE(net::testing::eventually(
      [&] { return select("SELECT count(*) FROM calls") == std::to_string(rows); }));
  return select("SELECT " + column + " FROM calls ORDER BY id");
}

std::string PipelineTest::select(const std::string& statement) {
  std::string found;
  EXPECT_TRUE(usage_database_->read_now([&](sql::Session& session) {
    return session.run(statement, {}, [&](const sql::Row& row) {
      found += (found.empty() ? "" : " ") + std::string(row.text(0));
    });
  }));
  return found;
}

}  // namespace omni::pipeline::testing
