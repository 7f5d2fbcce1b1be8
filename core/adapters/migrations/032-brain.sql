-- The brain: who leads, tasks, what each module may do by itself, incidents.

-- One process leads: it schedules, hands out tasks and heals. `token` counts every change of hands, so that what a former leader
-- still wants to write can be refused.
create table brain_leader (
  id integer primary key check (id = 1),
  owner uuid not null,
  token bigint not null,
  process text not null,               -- host name and process id, for people
  since timestamptz not null,
  until timestamptz not null
);

alter table workspaces add column tasks_at_once integer not null default 8;
alter table workspaces add column next_steps text not null default 'suggest';  -- off | suggest | automatic
alter table workspaces add column auto_healing boolean not null default true;

-- Made by the host so that a task can be a run; in no list of playbooks.
alter table playbooks add column made_for text;                                -- tasks

create table modules (
  workspace_id uuid not null references workspaces,
  key text not null,                   -- pre_vendas …
  mode text not null,                  -- auto | manual
  reason text,                         -- why a person works in it
  priority text not null default 'medium',
  changed_by text,                     -- a user, or healing
  changed_at timestamptz not null,
  restarts integer not null default 0, -- counts up; every process throws the module's isolates away when it sees another number
  recoveries integer not null default 0,
  primary key (workspace_id, key)
);

create table tasks (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  module text not null,
  action text not null,                -- plugin/action, or the id of a playbook
  priority text not null,              -- critical high medium low
  status text not null,                -- suggested queued running manual completed failed cancelled
  data jsonb not null,
  subject_id uuid,                     -- the lead it is about
  result jsonb,
  error jsonb,
  attempts integer not null default 0,
  event_id uuid references events,     -- the firing that started its run
  run_id uuid,
  path text,                           -- of the step of that run that a person does in its stead
  source text not null,                -- user:<id>, rest:<id>, next-steps:<task>, incident:<id>
  dedupe_key text,
  scheduled_for timestamptz not null,
  turn_at timestamptz not null,        -- whose is smaller is earlier: when it may begin, and a while for its priority
  trusted boolean not null default false, -- handed back by a person: begins although its module is manual
  cancel_requested boolean not null default false,
  finished_by uuid references users,   -- who did it by hand
  note text,
  created_at timestamptz not null,
  executed_at timestamptz,
  finished_at timestamptz,
  updated_at timestamptz not null,
  unique (workspace_id, dedupe_key)
);
create index tasks_in_turn on tasks (workspace_id, turn_at, id) where status = 'queued';
create index tasks_running on tasks (workspace_id) where status = 'running';
create index tasks_open on tasks (workspace_id, module, status) where status in ('suggested', 'manual', 'queued', 'running');
create index tasks_newest on tasks (workspace_id, created_at desc, id desc);
create index tasks_by_run on tasks (run_id) where run_id is not null;

create table incidents (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  module text not null,
  status text not null,                -- restarting watching escalated resolved
  summary text not null,               -- code and message of the error that was seen most
  failures integer not null,
  restarted integer not null default 0,
  failures_from timestamptz not null,  -- runs that failed since then belong to it
  opened_at timestamptz not null,
  watched_from timestamptz,            -- what fails after this is the second failure
  watched_until timestamptz,
  escalated_at timestamptz,
  resolved_at timestamptz,
  resolved_by text,                    -- a user, or healing
  updated_at timestamptz not null
);
create unique index incidents_open on incidents (workspace_id, module) where resolved_at is null;
create index incidents_newest on incidents (workspace_id, opened_at desc, id desc);
create table incident_entries (
  incident_id uuid not null references incidents on delete cascade,
  seq integer not null,
  at timestamptz not null,
  kind text not null,                  -- opened restarting restarted watching failedAgain escalated handedBack recovered
  data jsonb not null default '{}',
  primary key (incident_id, seq)
);
