-- Until when a run should be over. Set when it is let in; judged once.

alter table runs
  add column sla_due_at timestamptz,
  add column sla_behavior text,        -- none cancel fail
  add column sla_state text;           -- open kept breached; null where its playbook promises nothing
create index runs_sla on runs (sla_due_at) where sla_state = 'open';
