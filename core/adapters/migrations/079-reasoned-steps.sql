-- Steps that the brain suggests from how things stand: why, in figures, and when a workspace was looked at last.

alter table tasks add column reason jsonb;                 -- {code, values}: words for it are the reader's
alter table workspaces add column steps_at timestamptz;
create index tasks_of_steps on tasks (workspace_id, source) where source like 'step:%' or source like 'figures:%';

-- Up to which change of a lead the memory was told; one entry of each lead that has an address.
alter table memory_spaces add column leads_at timestamptz;
alter table memory_spaces add column leads_id uuid;
create index leads_by_change on leads (workspace_id, updated_at, id);
