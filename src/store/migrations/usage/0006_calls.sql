-- One row per request of a client, when it is over.  id is that time: milliseconds since 1970 times
-- 2^20, and a number among those of the same millisecond.  What there is not is an empty text.
-- body_segment is the file of bodies that has those of the request, 0 if none are kept, -1 if they
-- should have been.
CREATE TABLE calls (
  id BIGINT PRIMARY KEY,
  request_id TEXT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  status BIGINT NOT NULL,
  requested_model TEXT NOT NULL,
  model TEXT NOT NULL,
  provider TEXT NOT NULL,
  account TEXT NOT NULL,
  connection_id TEXT NOT NULL,
  duration_ms BIGINT NOT NULL,
  ttft_ms BIGINT,
  tokens_input BIGINT NOT NULL,
  tokens_output BIGINT NOT NULL,
  tokens_cache_read BIGINT NOT NULL,
  tokens_cache_creation BIGINT NOT NULL,
  tokens_reasoning BIGINT NOT NULL,
  cost_nano BIGINT NOT NULL,
  cache_source TEXT NOT NULL,
  source_format TEXT NOT NULL,
  target_format TEXT NOT NULL,
  api_key_id TEXT NOT NULL,
  api_key_name TEXT NOT NULL,
  combo TEXT NOT NULL,
  session TEXT NOT NULL,
  error TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  body_segment BIGINT NOT NULL,
  body_offset BIGINT NOT NULL
);
CREATE INDEX calls_request_id ON calls (request_id);
-- Apart from them, so that whoever looks for a request reads short rows.
CREATE TABLE call_traces (
  id BIGINT PRIMARY KEY,
  trace TEXT NOT NULL
);
