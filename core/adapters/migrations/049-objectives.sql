-- Objectives with their key results (OKRs), and every value that a key result has had.
create table objectives (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  title text not null,
  description text,
  owner_id uuid references users,
  starts_on date not null,
  due_on date not null,
  status text not null,                -- OPEN CLOSED
  closed_at timestamptz,
  key text,                            -- idempotency key of what created it
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (workspace_id, key)
);
create index objectives_newest on objectives (workspace_id, created_at, id);
create index objectives_by_due on objectives (workspace_id, due_on, id);
create index objectives_open on objectives (workspace_id) where status = 'OPEN';

create table key_results (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  objective_id uuid not null references objectives on delete cascade,
  position integer not null,
  title text not null,
  metric text,                         -- a figure that the program computes; null: entered by hand
  start_value numeric not null,
  target numeric not null,
  value numeric,                       -- the newest; null until there is one
  confidence integer,                  -- 0–100: how sure somebody is that it will be reached
  valued_at timestamptz
);
create index key_results_of on key_results (objective_id, position);

create table key_result_values (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  key_result_id uuid not null references key_results on delete cascade,
  value numeric not null,
  confidence integer,
  note text,
  user_id uuid references users,       -- who entered it; null: computed, one a day
  day date not null,
  at timestamptz not null
);
create index key_result_values_newest on key_result_values (key_result_id, at desc);
create unique index key_result_values_computed on key_result_values (key_result_id, day) where user_id is null;
