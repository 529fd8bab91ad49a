-- Sums of usage, kept as rows come in: for each slot of time (its begin, in milliseconds since 1970)
-- and each series one row.  What a row of usage has no name for is empty here.  status_class is the
-- first digit of the status, 2 for all that went well and for nothing else.  Histograms are texts
-- of store/histogram.h; rows from before this table have none.
CREATE TABLE usage_minute (
  slot BIGINT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  connection_id TEXT NOT NULL,
  api_key_id TEXT NOT NULL,
  combo TEXT NOT NULL,
  status_class BIGINT NOT NULL,
  requests BIGINT NOT NULL,
  tokens_input BIGINT NOT NULL,
  tokens_output BIGINT NOT NULL,
  tokens_cache_read BIGINT NOT NULL,
  tokens_cache_creation BIGINT NOT NULL,
  tokens_reasoning BIGINT NOT NULL,
  cost_nano BIGINT NOT NULL,
  latency_sum_ms BIGINT NOT NULL,
  ttft_count BIGINT NOT NULL,
  ttft_sum_ms BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  latency_histogram TEXT NOT NULL,
  ttft_histogram TEXT NOT NULL,
  PRIMARY KEY (slot, provider, model, connection_id, api_key_id, combo, status_class)
);
CREATE TABLE usage_hour (
  slot BIGINT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  connection_id TEXT NOT NULL,
  api_key_id TEXT NOT NULL,
  combo TEXT NOT NULL,
  status_class BIGINT NOT NULL,
  requests BIGINT NOT NULL,
  tokens_input BIGINT NOT NULL,
  tokens_output BIGINT NOT NULL,
  tokens_cache_read BIGINT NOT NULL,
  tokens_cache_creation BIGINT NOT NULL,
  tokens_reasoning BIGINT NOT NULL,
  cost_nano BIGINT NOT NULL,
  latency_sum_ms BIGINT NOT NULL,
  ttft_count BIGINT NOT NULL,
  ttft_sum_ms BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  latency_histogram TEXT NOT NULL,
  ttft_histogram TEXT NOT NULL,
  PRIMARY KEY (slot, provider, model, connection_id, api_key_id, combo, status_class)
);
CREATE TABLE usage_day (
  slot BIGINT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  connection_id TEXT NOT NULL,
  api_key_id TEXT NOT NULL,
  combo TEXT NOT NULL,
  status_class BIGINT NOT NULL,
  requests BIGINT NOT NULL,
  tokens_input BIGINT NOT NULL,
  tokens_output BIGINT NOT NULL,
  tokens_cache_read BIGINT NOT NULL,
  tokens_cache_creation BIGINT NOT NULL,
  tokens_reasoning BIGINT NOT NULL,
  cost_nano BIGINT NOT NULL,
  latency_sum_ms BIGINT NOT NULL,
  ttft_count BIGINT NOT NULL,
  ttft_sum_ms BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  latency_histogram TEXT NOT NULL,
  ttft_histogram TEXT NOT NULL,
  PRIMARY KEY (slot, provider, model, connection_id, api_key_id, combo, status_class)
);

-- Rows that are there already; minutes of the last two days, for older ones nobody asks.
INSERT INTO usage_minute
SELECT timestamp - timestamp % 60000, provider, model, COALESCE(connection_id, ''),
  COALESCE(api_key_id, ''), COALESCE(combo, ''),
  CASE WHEN success = 1 THEN 2 WHEN status >= 300 THEN status / 100 ELSE 5 END,
  count(*), sum(tokens_input), sum(tokens_output), sum(tokens_cache_read),
  sum(tokens_cache_creation), sum(tokens_reasoning), sum(cost_nano), sum(latency_ms),
  count(ttft_ms), COALESCE(sum(ttft_ms), 0), min(timestamp), max(timestamp), '', ''
FROM usage
WHERE timestamp >= (SELECT max(timestamp) FROM usage) - 172800000
GROUP BY 1, 2, 3, 4, 5, 6, 7;
INSERT INTO usage_hour
SELECT timestamp - timestamp % 3600000, provider, model, COALESCE(connection_id, ''),
  COALESCE(api_key_id, ''), COALESCE(combo, ''),
  CASE WHEN success = 1 THEN 2 WHEN status >= 300 THEN status / 100 ELSE 5 END,
  count(*), sum(tokens_input), sum(tokens_output), sum(tokens_cache_read),
  sum(tokens_cache_creation), sum(tokens_reasoning), sum(cost_nano), sum(latency_ms),
  count(ttft_ms), COALESCE(sum(ttft_ms), 0), min(timestamp), max(timestamp), '', ''
FROM usage
GROUP BY 1, 2, 3, 4, 5, 6, 7;
INSERT INTO usage_day
SELECT slot - slot % 86400000, provider, model, connection_id, api_key_id, combo, status_class,
  sum(requests), sum(tokens_input), sum(tokens_output), sum(tokens_cache_read),
  sum(tokens_cache_creation), sum(tokens_reasoning), sum(cost_nano), sum(latency_sum_ms),
  sum(ttft_count), sum(ttft_sum_ms), min(first_at), max(last_at), '', ''
FROM usage_hour
GROUP BY 1, 2, 3, 4, 5, 6, 7;
