#include "api/usage_series.h"

#include <chrono>

#include "base/strings.h"

namespace omni::api {
namespace {

using store::Step;
using store::Tile;

/// More than a screen has points for; and than are read in a moment where each has many rows.
constexpr std::int64_t slots_max = 1500, slots_max_by = 400;

struct Cell {
  store::UsageSums sums;
  std::int64_t failed = 0;
  store::Histogram latency, ttft;
};
using Number = std::optional<double>;

Number number(std::int64_t value) { return static_cast<double>(value); }

/// What a metric is made of.
enum class Source : std::uint8_t { requests, sums, latency, ttft };

struct Metric {
  std::string_view name, other_name;
  Number (*of)(const Cell& cell);
  Source source = Source::sums;
};
constexpr std::array<Metric, 11> metrics{{
    {"requests", "requests", [](const Cell& cell) { return number(cell.sums.requests); },
     Source::requests},
    {"cost", "cost", [](const Cell& cell) { return Number(dollars(cell.sums.cost_nano)); }},
    {"tokens", "tokens", [](const Cell& cell) { return number(cell.sums.tokens()); }},
    {"p50", "latency_p50", [](const Cell& cell) { return cell.latency.percentile(0.5); },
     Source::latency},
    {"p95", "latency_p95", [](const Cell& cell) { return cell.latency.percentile(0.95); },
     Source::latency},
    {"errors", "errors", [](const Cell& cell) { return number(cell.failed); }, Source::requests},
    {"tokensIn", "tokens_in", [](const Cell& cell) { return number(cell.sums.input); }},
    {"tokensOut", "tokens_out", [](const Cell& cell) { return number(cell.sums.output); }},
    {"tokensCached", "tokens_cached",
     [](const Cell& cell) { return number(cell.sums.cache_read); }},
    {"ttftP50", "ttft_p50", [](const Cell& cell) { return cell.ttft.percentile(0.5); },
     Source::ttft},
    {"ttftP95", "ttft_p95", [](const Cell& cell) { return cell.ttft.percentile(0.95); },
     Source::ttft},
}};
constexpr std::string_view metrics_by_default = "requests,cost,tokens,p50";

const Metric* find_metric(std::string_view name) {
  const auto* const found = std::ranges::find_if(metrics, [name](const Metric& metric) {
    return metric.name == name || metric.other_name == name;
  });
  return found == metrics.end() ? nullptr : found;
}

bool is_metric_list(std::string_view list) {
  while (!list.empty()) {
    if (find_metric(cut(list, ',')) == nullptr) return false;
  }
  return true;
}

std::optional<Step> step_of(std::string_view name) {
  constexpr std::size_t spelled = 2 * store::steps.size();
  const auto found = std::ranges::find(step_names, name);
  const auto at = static_cast<std::size_t>(found - step_names.begin());
  if (at >= spelled) return std::nullopt;
  return store::steps[at % store::steps.size()];
}

std::optional<store::Dimension> dimension_of(std::string_view name) {
  if (name == dimension_names.back()) return store::Dimension::api_key;
  const auto found = std::ranges::find(dimension_names, name);
  if (found == dimension_names.end()) return std::nullopt;
  return static_cast<store::Dimension>(found - dimension_names.begin());
}

/// The slots that are shown: as short as is wanted, kept, and not too many.
Tile tile_of(const UsageQuestion& question, const SeriesCut& cut) {
  const std::int64_t now = to_millis(question.now);
  const std::int64_t end = std::min(question.end_ms, now + 1);
  const std::int64_t span = std::max(std::int64_t{0}, end - question.begin_ms);
  const Step fitting = span <= Millis(std::chrono::hours(3)).count()   ? Step::minute
                       : span <= Millis(std::chrono::days(14)).count() ? Step::hour
                                                                       : Step::day;
  Step step = cut.step.value_or(fitting);
  const std::int64_t most = cut.by ? slots_max_by : slots_max;
  while (step != Step::day && (span / length_ms(step) > most ||
                               question.begin_ms < kept_from_ms(step, question.now))) {
    step = step == Step::minute ? Step::hour : Step::day;
  }
  return {step, slot_of(step, question.begin_ms), slot_of(step, end - 1) + length_ms(step)};
}

/// No more of the rows than is shown: of many slots most of the time goes into reading them.
store::RollupParts parts_of(const SeriesCut& cut) {
  store::RollupParts parts{.names = false, .name = cut.by, .sums = false};
  for (const std::string& metric : cut.metrics) {
    const Source source = find_metric(metric)->source;
    parts.sums |= source == Source::sums;
    parts.latency |= source == Source::latency;
    parts.ttft |= source == Source::ttft;
  }
  return parts;
}

/// Where there are many slots, the longer ones that they are in.
Tile longer(const Tile& tile) {
  if (tile.step == Step::day) return tile;
  const Step step = tile.step == Step::minute ? Step::hour : Step::day;
  if (tile.end - tile.begin < 2 * length_ms(step)) return tile;
  return {step, slot_of(step, tile.begin), tile.end};
}

/// Columns side by side: all have a cell for each slot.
class Columns {
 public:
  Columns(const Tile& tile, const SeriesCut& cut, store::Texts names)
      : tile_(tile), cut_(cut), names_(std::move(names)) {
    const std::int64_t length = tile.end - tile.begin;
    slots_ = static_cast<std::size_t>(std::max(std::int64_t{0}, length / length_ms(tile.step)));
    cells_.resize(names_.size());
  }

  void add(const store::RollupRow& row) {
    std::vector<Cell>& column = cells_[column_of(row.series)];
    column.resize(slots_);
    Cell& cell = column[static_cast<std::size_t>((row.slot - tile_.begin) / length_ms(tile_.step))];
    cell.sums += row.sums;
    if (row.series.status_class != 2) cell.failed += row.sums.requests;
    cell.latency.add(row.latency);
    cell.ttft.add(row.ttft);
  }

  void write(json::Writer& writer, const UsageQuestion& question) const {
    writer.key("slots").begin_array();
    for (std::size_t i = 0; i < slots_; ++i) {
      writer.integer(tile_.begin + static_cast<std::int64_t>(i) * length_ms(tile_.step));
    }
    writer.end_array().key("series").begin_array();
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (cells_[i].empty()) continue;
      const bool is_other = i == names_.size();
      write_name(writer.begin_object(), is_other ? "other" : names_[i], question);
      for (const std::string& metric : cut_.metrics) write_column(writer, metric, cells_[i]);
      writer.end_object();
    }
    writer.end_array();
  }

 private:
  /// The last one is for whoever has none.
  std::size_t column_of(const store::Series& series) {
    const std::string name = cut_.by ? text_of(series, *cut_.by) : names_.front();
    const auto found = std::ranges::find(names_, name);
    if (found == names_.end()) cells_.resize(names_.size() + 1);
    return static_cast<std::size_t>(found - names_.begin());
  }

  void write_name(json::Writer& writer, const std::string& id,
                  const UsageQuestion& question) const {
    const std::string name = cut_.by == store::Dimension::connection ? question.account_name(id)
                             : cut_.by == store::Dimension::api_key  ? question.key_name(id)
                                                                     : id;
    writer.key("name").text(name).key("id").text(id);
  }

  static void write_column(json::Writer& writer, const std::string& metric,
                           const std::vector<Cell>& cells) {
    const Metric& shown = *find_metric(metric);
    writer.key(metric).begin_array();
    for (const Cell& cell : cells) {
      const Number value = shown.of(cell);
      if (value) {
        writer.number(*value);
      } else {
        writer.null();
      }
    }
    writer.end_array();
  }

  const Tile tile_;
  const SeriesCut& cut_;
  const store::Texts names_;
  std::size_t slots_ = 0;
  std::vector<std::vector<Cell>> cells_;
};

}  // namespace

const json::Format metric_list{
    .name = "metrics",
    .words =
        "must be some of requests, cost, tokens, p50 or latency_p50, p95 or latency_p95, errors, "
        "tokensIn or tokens_in, tokensOut or tokens_out, tokensCached or tokens_cached, ttftP50 or "
        "ttft_p50 and ttftP95 or ttft_p95, with commas between",
    .fits = is_metric_list};

SeriesCut read_series_cut(json::Value query) {
  SeriesCut cut{.step = step_of(query.find("step").text()),
                .by = dimension_of(query.find("by").text())};
  const json::Value wanted = query.find("metric");
  std::string_view names = wanted ? wanted.text() : metrics_by_default;
  while (!names.empty()) {
    const std::string_view name = omni::cut(names, ',');
    if (std::ranges::find(cut.metrics, name) == cut.metrics.end()) cut.metrics.emplace_back(name);
  }
  if (const json::Value top = query.find("top")) cut.most = top.integer();
  return cut;
}

Result<std::string> usage_series(sql::Session& session, const UsageQuestion& question,
                                 const SeriesCut& cut) {
  Tile tile = tile_of(question, cut);
  // Time in which there was nothing at the begin of all is not shown, nor of very long.
  const bool very_long = (tile.end - tile.begin) / length_ms(tile.step) > slots_max;
  if (question.range == "all" || very_long) {
    const Result<std::int64_t> first = first_slot(session, tile, question.filter);
    if (!first) return first.error();
    tile.begin = *first;
  }
  Result<store::Texts> names = store::Texts{"all"};
  if (cut.by) names = busiest(session, longer(tile), question.filter, *cut.by, cut.most);
  if (!names) return names.error();
  Columns columns(tile, cut, *std::move(names));
  Status done = read_rollups(
      session, {tile}, question.filter, [&](const store::RollupRow& row) { columns.add(row); },
      parts_of(cut));
  if (!done) return done.error();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("step").text(step_names[static_cast<std::size_t>(tile.step)]);
  columns.write(writer, question);
  writer.end_object();
  return body;
}

}  // namespace omni::api
