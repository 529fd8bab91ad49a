-- One row per attempt at a provider.  timestamp is milliseconds since 1970; tokens_input includes
-- what was read from and written to caches; cost_nano is in nano-dollars.
CREATE TABLE usage (
  id BIGINT PRIMARY KEY,
  timestamp BIGINT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  connection_id TEXT,
  api_key_id TEXT,
  api_key_name TEXT,
  tokens_input BIGINT NOT NULL,
  tokens_output BIGINT NOT NULL,
  tokens_cache_read BIGINT NOT NULL,
  tokens_cache_creation BIGINT NOT NULL,
  tokens_reasoning BIGINT NOT NULL,
  cost_nano BIGINT NOT NULL,
  status BIGINT NOT NULL,
  success BIGINT NOT NULL,
  latency_ms BIGINT NOT NULL,
  ttft_ms BIGINT,
  error_code TEXT
);
