create table large_values (            -- outputs too large for the journal, whose entries name them; read where they are used
  id uuid primary key,
  run_id uuid not null references runs on delete cascade,
  workspace_id uuid not null references workspaces,
  bytes integer not null,              -- about, of the JSON text
  value jsonb,                         -- null at the places of values in it that are stored themselves
  refs jsonb not null default '[]',    -- which those are: [{at, id, bytes}]
  created_at timestamptz not null
);
create index large_values_by_run on large_values (run_id);
