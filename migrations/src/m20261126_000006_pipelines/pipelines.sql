-- So far a company had the one pipeline that it started with, so no two can share a name yet.
create unique index pipelines_name_key on pipelines (company_id, name_fold) where deleted_at is null;
