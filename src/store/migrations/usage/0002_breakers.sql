-- Providers that are left alone because they fail; last_failure is milliseconds since 1970.
CREATE TABLE circuit_breakers (
  provider TEXT PRIMARY KEY,
  failures BIGINT NOT NULL,
  last_failure BIGINT NOT NULL,
  open_for_ms BIGINT NOT NULL
);
