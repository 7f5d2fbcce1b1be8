-- Triggers: what starts a run, and what the run is given.

alter table runs
  add column inputs jsonb,             -- as they were accepted; null where the playbook takes none
  add column parent_run_id uuid,       -- the run whose step started this one
  add column parent_path text;

-- A firing of one trigger of one playbook: {playbookId, trigger, runId, inputs?, parent?}. Null: everybody may hear it.
alter table events add column target jsonb;

create table schedules (               -- outlives versions: publishing touches only those that changed
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  playbook_id uuid not null,
  trigger text not null,               -- its key
  timing jsonb not null,
  missed text not null,                -- all last none
  overlap text not null,               -- allow skip queue
  next_at timestamptz,                 -- the next tick; null when there is none
  due_at timestamptz,                  -- when a scheduler should look at it; null when never
  queued jsonb not null default '[]',  -- ticks that wait for the run before them to end
  last_at timestamptz,                 -- the last tick that fired
  last_event_id uuid,
  last_run_id uuid,
  revision integer not null default 0, -- counts changes: who changes it says which state it has seen
  created_at timestamptz not null,
  ended_at timestamptz,                -- its trigger is no longer in the published version
  unique (playbook_id, trigger)
);
create index schedules_due on schedules (due_at) where due_at is not null;

-- A webhook of a playbook has an address that nobody can guess: it belongs to the trigger, not to a version.
alter table webhooks
  add column playbook_id uuid,
  add column trigger text,             -- its key
  add column token_hash text unique,   -- SHA-256 of the token in its address, hexadecimal
  add column token_sealed text,
  add column test_token_hash text unique,
  add column test_token_sealed text;
create unique index webhooks_by_trigger on webhooks (playbook_id, trigger) where playbook_id is not null;
create table webhook_posts (           -- the latest that came to a test address
  id uuid primary key,
  workspace_id uuid not null,
  webhook_id uuid not null references webhooks on delete cascade,
  data jsonb not null,                 -- {body, headers, query}
  created_at timestamptz not null
);
create index webhook_posts_newest on webhook_posts (webhook_id, id desc);
