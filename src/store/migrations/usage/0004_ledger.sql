-- Whose request it was, the kinds of tokens that are priced apart, and the price that was paid, so
-- that a later one does not rewrite it.  estimated: nobody said how many tokens there were.
ALTER TABLE usage ADD COLUMN request_id TEXT;
ALTER TABLE usage ADD COLUMN tokens_cache_creation_1h BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN tokens_input_audio BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN tokens_output_audio BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN price TEXT;
ALTER TABLE usage ADD COLUMN estimated BIGINT NOT NULL DEFAULT 0;
