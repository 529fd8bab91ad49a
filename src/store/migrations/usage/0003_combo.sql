-- The combo that an attempt was made for, by the name that it had then.
ALTER TABLE usage ADD COLUMN combo TEXT;
