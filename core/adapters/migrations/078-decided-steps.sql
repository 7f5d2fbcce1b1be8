-- Suggested steps are ranked by a decision policy: which decision, and the chance that somebody takes the step up, 0 to 100.

alter table tasks add column decision_id uuid references decisions on delete set null;
alter table tasks add column rank integer;
create index tasks_of_decision on tasks (decision_id) where decision_id is not null;
create index tasks_by_rank on tasks (workspace_id, (case when rank is null then -1 else rank end), id);
