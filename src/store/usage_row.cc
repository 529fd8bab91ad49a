#include "store/usage_row.h"

#include <concepts>
#include <cstring>

#include "store/columns.h"

namespace omni::store {
namespace {

/// Of what encode() writes: a journal of another version is not read.
constexpr char version = 1;

/// All that a row has, in the order of its bytes.
template <class Row, class Visit>
void visit(Row& row, const Visit& each) {
  each(row.id), each(row.time), each(row.request_id), each(row.provider), each(row.model);
  each(row.connection_id), each(row.api_key_id), each(row.api_key_name), each(row.error_code);
  each(row.combo), each(row.tokens.input), each(row.tokens.output), each(row.tokens.cache_read);
  each(row.tokens.cache_creation), each(row.tokens.cache_creation_1h), each(row.tokens.reasoning);
  each(row.tokens.input_audio), each(row.tokens.output_audio), each(row.cost_nano);
  each(row.price), each(row.estimated), each(row.status), each(row.success), each(row.latency);
  each(row.ttft);
}

void append_number(std::string& out, std::int64_t number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

struct Encoder {
  std::string& out;

  void operator()(std::integral auto number) const { append_number(out, number); }
  void operator()(Millis span) const { append_number(out, span.count()); }
  void operator()(Clock::Wall time) const { append_number(out, to_millis(time)); }
  void operator()(const std::optional<Millis>& span) const {
    append_number(out, span ? span->count() : -1);
  }
  void operator()(const std::string& text) const {
    append_number(out, static_cast<std::int64_t>(text.size()));
    out.append(text);
  }
};

struct Decoder {
  std::string_view& rest;
  bool& whole;

  std::int64_t number() const {
    std::int64_t number = 0;
    if (rest.size() < sizeof number) {
      whole = false;
      return 0;
    }
    std::memcpy(&number, rest.data(), sizeof number);
    rest.remove_prefix(sizeof number);
    return number;
  }
  template <std::integral Number>
  void operator()(Number& value) const {
    value = static_cast<Number>(number());
  }
  void operator()(Millis& span) const { span = Millis(number()); }
  void operator()(Clock::Wall& time) const { time = from_millis(number()); }
  void operator()(std::optional<Millis>& span) const {
    const std::int64_t count = number();
    if (count >= 0) span = Millis(count);
  }
  void operator()(std::string& text) const {
    const auto bytes = static_cast<std::uint64_t>(number());
    whole = whole && bytes <= rest.size();
    if (!whole) return;
    text = rest.substr(0, bytes);
    rest.remove_prefix(bytes);
  }
};

constexpr std::string_view insert_row =
    "INSERT INTO usage (id, timestamp, request_id, provider, model, connection_id, api_key_id, "
    "api_key_name, tokens_input, tokens_output, tokens_cache_read, tokens_cache_creation, "
    "tokens_cache_creation_1h, tokens_reasoning, tokens_input_audio, tokens_output_audio, "
    "cost_nano, price, estimated, status, success, latency_ms, ttft_ms, error_code, combo) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, "
    "$19, $20, $21, $22, $23, $24, $25) ON CONFLICT (id) DO NOTHING";

sql::Value unless_empty(const std::string& text) {
  if (text.empty()) return nullptr;
  return text;
}

}  // namespace

std::string encode(const UsageRow& row) {
  std::string out(1, version);
  out.reserve(512);
  visit(row, Encoder{out});
  return out;
}

std::optional<UsageRow> decode_usage_row(std::string_view bytes) {
  if (!bytes.starts_with(version)) return std::nullopt;
  bytes.remove_prefix(1);
  UsageRow row;
  bool whole = true;
  visit(row, Decoder{bytes, whole});
  if (!whole || !bytes.empty()) return std::nullopt;
  return row;
}

Result<bool> insert(sql::Session& session, const UsageRow& row) {
  const sql::Value ttft = row.ttft ? sql::Value(std::int64_t{row.ttft->count()}) : nullptr;
  const UsageRow::Tokens& tokens = row.tokens;
  const Status done = session.run(insert_row, {row.id,
                                               to_millis(row.time),
                                               unless_empty(row.request_id),
                                               row.provider,
                                               row.model,
                                               unless_empty(row.connection_id),
                                               unless_empty(row.api_key_id),
                                               unless_empty(row.api_key_name),
                                               tokens.input,
                                               tokens.output,
                                               tokens.cache_read,
                                               tokens.cache_creation,
                                               tokens.cache_creation_1h,
                                               tokens.reasoning,
                                               tokens.input_audio,
                                               tokens.output_audio,
                                               row.cost_nano,
                                               unless_empty(row.price),
                                               std::int64_t{row.estimated},
                                               row.status,
                                               std::int64_t{row.success},
                                               std::int64_t{row.latency.count()},
                                               ttft,
                                               unless_empty(row.error_code),
                                               unless_empty(row.combo)});
  if (!done) return done.error();
  return session.rows_changed() == 1;
}

Status latest_usage(sql::Session& session, std::int64_t most,
                    const std::function<void(const UsageRow&)>& on_row) {
  return session.run(
      "SELECT id, timestamp, request_id, provider, model, connection_id, api_key_id, "
      "api_key_name, error_code, combo, tokens_input, tokens_output, tokens_cache_read, "
      "tokens_cache_creation, tokens_reasoning, cost_nano, estimated, status, success, "
      "latency_ms, ttft_ms FROM usage ORDER BY id DESC LIMIT $1",
      {most}, [&](const sql::Row& from) {
        const auto text = [&](std::size_t column) { return std::string(from.text(column)); };
        UsageRow row{.id = from.integer(0),
                     .time = from_millis(from.integer(1)),
                     .request_id = text(2),
                     .provider = text(3),
                     .model = text(4),
                     .connection_id = text(5),
                     .api_key_id = text(6),
                     .api_key_name = text(7),
                     .error_code = text(8),
                     .combo = text(9),
                     .tokens = {.input = from.integer(10),
                                .output = from.integer(11),
                                .cache_read = from.integer(12),
                                .cache_creation = from.integer(13),
                                .reasoning = from.integer(14)},
                     .cost_nano = from.integer(15),
                     .price = {},
                     .estimated = from.integer(16) != 0,
                     .status = from.integer(17),
                     .success = from.integer(18) != 0,
                     .latency = Millis(from.integer(19)),
                     .ttft = {}};
        if (!from.is_null(20)) row.ttft = Millis(from.integer(20));
        on_row(row);
      });
}

}  // namespace omni::store
