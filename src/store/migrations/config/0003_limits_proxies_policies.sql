ALTER TABLE api_keys ADD COLUMN max_concurrent_requests BIGINT;

-- The way out to providers.  place is "global", or the level and for whom: "provider:groq",
-- "combo:ID", "key:ID" of a connection; url is sealed, for it may hold a password.
CREATE TABLE proxies (
  place TEXT PRIMARY KEY,
  url TEXT NOT NULL
);

-- Rules of whoever runs the gateway; what is empty is said of everything.  Lists are JSON, money is
-- nano-dollars.
CREATE TABLE policies (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  is_enabled BIGINT NOT NULL,
  priority BIGINT NOT NULL,
  model_pattern TEXT NOT NULL,
  key_id TEXT NOT NULL,
  provider TEXT NOT NULL,
  preferred_providers TEXT NOT NULL,
  blocked_providers TEXT NOT NULL,
  blocked_models TEXT NOT NULL,
  max_tokens BIGINT,
  max_cost_nano BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
