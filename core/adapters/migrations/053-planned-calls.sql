-- Calls of its own actions that a plugin has planned for later. A row waits for its moment; the event that starts the run is
-- stored in the statement that takes the row away, or moves it on to the next time.
create table planned_calls (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  installation_id uuid not null references installations on delete cascade,
  key text not null,                    -- the plugin's own name for it
  action text not null,                 -- of the same plugin, without its id
  input jsonb not null,
  account text,                         -- of the plugin's accounts, that of the call that planned it; null: the default one
  due_at timestamptz not null,
  every text,                           -- again and again, as 1d; null: once
  origin text not null,                 -- the key of the call that planned it: a repeat of that plans nothing twice
  error text,                           -- why it could not begin; it rests until it is planned anew or the plugin is updated
  revision integer not null default 0,  -- counts changes: who changes it says which state it has seen
  planned_at timestamptz not null,
  unique (installation_id, key)
);
create index planned_calls_due on planned_calls (due_at) where error is null;
create index planned_calls_of_workspace on planned_calls (workspace_id);

-- What the host made to call actions was paused with the removal of a plugin, and stayed so when it was back.
update playbooks set status = 'ACTIVE', status_reason = null where made_for is not null and status = 'PAUSED';
