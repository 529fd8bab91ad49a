-- Times are BIGINT milliseconds since 1970, in UTC; yes and no are 1 and 0; lists and objects are
-- JSON in TEXT.  Sealed columns hold what store/seal.h makes, never clear text.

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- One row per value that somebody has set, by "group.name" or its name alone; value is JSON.
CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- What this installation alone may know: signing secrets and the hash of the password.  None of it
-- is in an export.  value is sealed.
CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  key_hash TEXT NOT NULL UNIQUE,
  key_mask TEXT NOT NULL,
  machine_id TEXT NOT NULL DEFAULT '',
  allowed_models TEXT NOT NULL DEFAULT '[]',
  allowed_connections TEXT NOT NULL DEFAULT '[]',
  no_log BIGINT NOT NULL DEFAULT 0,
  auto_resolve BIGINT NOT NULL DEFAULT 0,
  is_active BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT,
  expires_at BIGINT,
  last_used_at BIGINT,
  ip_allowlist TEXT,
  scopes TEXT,
  group_name TEXT,
  access_schedule TEXT,
  max_requests_per_day BIGINT,
  max_requests_per_minute BIGINT,
  max_tokens_per_minute BIGINT,
  max_sessions BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE sessions (
  id_hash TEXT PRIMARY KEY,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  last_used_at BIGINT NOT NULL,
  address TEXT NOT NULL DEFAULT '',
  user_agent TEXT NOT NULL DEFAULT ''
);

CREATE TABLE management_tokens (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  token_mask TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  last_used_at BIGINT
);

CREATE TABLE audit_log (
  id BIGINT PRIMARY KEY,
  timestamp BIGINT NOT NULL,
  action TEXT NOT NULL,
  actor TEXT NOT NULL,
  target TEXT,
  details TEXT,
  ip_address TEXT,
  resource_type TEXT,
  status TEXT,
  request_id TEXT,
  metadata TEXT
);
CREATE INDEX audit_log_by_time ON audit_log (timestamp);

-- access_token, refresh_token, id_token and api_key are sealed.
CREATE TABLE provider_connections (
  id TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  auth_type TEXT NOT NULL,
  name TEXT,
  email TEXT,
  display_name TEXT,
  group_name TEXT,
  priority BIGINT NOT NULL DEFAULT 1,
  global_priority BIGINT,
  is_active BIGINT NOT NULL DEFAULT 1,
  access_token TEXT,
  refresh_token TEXT,
  id_token TEXT,
  api_key TEXT,
  token_type TEXT,
  scope TEXT,
  token_expires_at BIGINT,
  project_id TEXT,
  default_model TEXT,
  provider_specific_data TEXT,
  max_concurrent BIGINT,
  rate_limit_protection BIGINT NOT NULL DEFAULT 0,
  health_check_interval BIGINT,
  last_health_check_at BIGINT,
  test_status TEXT,
  last_tested_at BIGINT,
  error_code TEXT,
  last_error TEXT,
  last_error_at BIGINT,
  last_error_type TEXT,
  last_error_source TEXT,
  backoff_level BIGINT NOT NULL DEFAULT 0,
  rate_limited_until BIGINT,
  consecutive_use_count BIGINT NOT NULL DEFAULT 0,
  last_used_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX provider_connections_by_provider ON provider_connections (provider);

CREATE TABLE provider_nodes (
  id TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  api_type TEXT,
  base_url TEXT NOT NULL,
  chat_path TEXT,
  models_path TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE combos (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  data TEXT NOT NULL,
  sort_order BIGINT NOT NULL DEFAULT 0,
  system_message TEXT,
  tool_filter_regex TEXT,
  context_cache_protection BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
