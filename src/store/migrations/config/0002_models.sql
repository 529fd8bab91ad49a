-- What a user has said about models and their names.  A provider here is the id of one in the
-- catalogue or of a row of provider_nodes.

CREATE TABLE custom_models (
  provider TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  source TEXT NOT NULL,
  api_format TEXT NOT NULL,
  endpoints TEXT NOT NULL,
  PRIMARY KEY (provider, id)
);

CREATE TABLE model_switches (
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  hidden BIGINT NOT NULL DEFAULT 0,
  settings TEXT NOT NULL DEFAULT '{}',
  PRIMARY KEY (provider, model)
);

CREATE TABLE model_aliases (
  name TEXT PRIMARY KEY,
  target TEXT NOT NULL
);

-- price is JSON: dollars for a million tokens.
CREATE TABLE user_prices (
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  price TEXT NOT NULL,
  PRIMARY KEY (provider, model)
);

-- From here on provider_specific_data of provider_connections is sealed as well.

-- A prefix decides where a model's name leads, in any case of letters.
CREATE UNIQUE INDEX provider_nodes_by_prefix ON provider_nodes (lower(prefix));
