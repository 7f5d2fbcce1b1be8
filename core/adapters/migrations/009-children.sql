-- A step waits for the run that it started: that run's end answers this wait and no other.
alter table waits add column child_run_id uuid;
create index waits_by_child on waits (child_run_id) where child_run_id is not null;
