-- Answers that may be told again.  answer is a text of recall/answer_text.h; times are milliseconds
-- since 1970; bytes are those of the answer.
CREATE TABLE semantic_cache (
  signature TEXT PRIMARY KEY,
  model TEXT NOT NULL,
  tokens_saved BIGINT NOT NULL,
  hit_count BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  answer TEXT NOT NULL
);
-- Has all but the answers, so that lists and sweeps do not come by those.
CREATE INDEX semantic_cache_by_age ON semantic_cache
  (created_at, signature, model, tokens_saved, hit_count, expires_at, bytes);

-- Requests for which a provider read something from its own cache of prompts, or wrote into it.
ALTER TABLE usage_minute ADD COLUMN requests_cached BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_hour ADD COLUMN requests_cached BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_day ADD COLUMN requests_cached BIGINT NOT NULL DEFAULT 0;
UPDATE usage_minute SET requests_cached = found.requests
FROM (SELECT timestamp - timestamp % 60000 AS slot, provider, model,
    COALESCE(connection_id, '') AS connection_id, COALESCE(api_key_id, '') AS api_key_id,
    COALESCE(combo, '') AS combo,
    CASE WHEN success = 1 THEN 2 WHEN status >= 300 THEN status / 100 ELSE 5 END AS status_class,
    count(*) AS requests
  FROM usage WHERE tokens_cache_read + tokens_cache_creation > 0
  GROUP BY 1, 2, 3, 4, 5, 6, 7) AS found
WHERE usage_minute.slot = found.slot AND usage_minute.provider = found.provider
  AND usage_minute.model = found.model AND usage_minute.connection_id = found.connection_id
  AND usage_minute.api_key_id = found.api_key_id AND usage_minute.combo = found.combo
  AND usage_minute.status_class = found.status_class;
UPDATE usage_hour SET requests_cached = found.requests
FROM (SELECT timestamp - timestamp % 3600000 AS slot, provider, model,
    COALESCE(connection_id, '') AS connection_id, COALESCE(api_key_id, '') AS api_key_id,
    COALESCE(combo, '') AS combo,
    CASE WHEN success = 1 THEN 2 WHEN status >= 300 THEN status / 100 ELSE 5 END AS status_class,
    count(*) AS requests
  FROM usage WHERE tokens_cache_read + tokens_cache_creation > 0
  GROUP BY 1, 2, 3, 4, 5, 6, 7) AS found
WHERE usage_hour.slot = found.slot AND usage_hour.provider = found.provider
  AND usage_hour.model = found.model AND usage_hour.connection_id = found.connection_id
  AND usage_hour.api_key_id = found.api_key_id AND usage_hour.combo = found.combo
  AND usage_hour.status_class = found.status_class;
UPDATE usage_day SET requests_cached = found.requests
FROM (SELECT timestamp - timestamp % 86400000 AS slot, provider, model,
    COALESCE(connection_id, '') AS connection_id, COALESCE(api_key_id, '') AS api_key_id,
    COALESCE(combo, '') AS combo,
    CASE WHEN success = 1 THEN 2 WHEN status >= 300 THEN status / 100 ELSE 5 END AS status_class,
    count(*) AS requests
  FROM usage WHERE tokens_cache_read + tokens_cache_creation > 0
  GROUP BY 1, 2, 3, 4, 5, 6, 7) AS found
WHERE usage_day.slot = found.slot AND usage_day.provider = found.provider
  AND usage_day.model = found.model AND usage_day.connection_id = found.connection_id
  AND usage_day.api_key_id = found.api_key_id AND usage_day.combo = found.combo
  AND usage_day.status_class = found.status_class;
