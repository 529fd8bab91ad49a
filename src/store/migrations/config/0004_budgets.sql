-- What may be spent in a time.  scope is "all", "group:NAME" or "key:ID" of an API key; money is
-- nano-dollars; reset_minutes are those after midnight, UTC.  warned_period is the beginning of the
-- period in which it was warned of last.
CREATE TABLE budgets (
  scope TEXT PRIMARY KEY,
  daily_nano BIGINT,
  weekly_nano BIGINT,
  monthly_nano BIGINT,
  warning_threshold DOUBLE PRECISION NOT NULL,
  reset_interval TEXT NOT NULL,
  reset_minutes BIGINT NOT NULL,
  warned_at BIGINT,
  warned_period BIGINT
);
