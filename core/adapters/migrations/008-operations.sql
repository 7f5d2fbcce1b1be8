-- Operations: a replay is a new run that names its origin. One event still starts a version once; a replay is no start.

alter table runs add column origin_run_id uuid references runs on delete set null;
alter table runs add column origin_path text;           -- the first step that it computes anew
alter table runs drop constraint runs_version_id_event_id_key;
create unique index runs_started_once on runs (version_id, event_id) where origin_path is null;
create index runs_by_origin on runs (origin_run_id) where origin_run_id is not null;
