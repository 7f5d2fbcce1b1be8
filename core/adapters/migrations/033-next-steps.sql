-- What the brain has still to do after something ended: suggest what comes next, tell people.
alter table tasks add column followed boolean not null default false;       -- its next steps were thought of
create index tasks_to_follow on tasks (finished_at) where status = 'completed' and not followed;
alter table incidents add column told_at timestamptz;                       -- those who run the workspace were written to
create index incidents_to_tell on incidents (escalated_at) where status = 'escalated' and told_at is null;
