-- The default is for the version before, which may still be running.
alter table api_keys add column name_fold text collate "C" not null default '';
