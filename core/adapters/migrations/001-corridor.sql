-- The corridor: one lead, end to end. Everything belongs to a workspace.

create table workspaces (
  id uuid primary key,
  slug text not null unique,
  name text not null,
  time_zone text not null,
  locale text not null,
  created_at timestamptz not null
);

-- access
create table users (
  id uuid primary key,
  email text not null unique,          -- lower case
  name text not null,
  password_hash text not null,         -- PHC string, argon2id
  locale text not null,
  created_at timestamptz not null,
  last_seen_at timestamptz
);
create table memberships (
  workspace_id uuid not null references workspaces,
  user_id uuid not null references users on delete cascade,
  role text not null,                  -- OWNER ADMIN EDITOR OPERATOR VIEWER
  created_at timestamptz not null,
  primary key (workspace_id, user_id)
);
create table sessions (
  id uuid primary key,                 -- `sid` of access tokens
  workspace_id uuid not null references workspaces,
  user_id uuid not null references users on delete cascade,
  user_agent text,
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  expires_at timestamptz not null,     -- absolute end
  revoked_at timestamptz
);
create table refresh_tokens (
  id uuid primary key,
  session_id uuid not null references sessions on delete cascade,
  secret_hash text not null,           -- SHA-256, hexadecimal
  successor_sealed text,               -- the next token, for a repeat within the grace period
  created_at timestamptz not null,
  used_at timestamptz,
  expires_at timestamptz not null
);
create table signing_keys (
  kid text primary key,
  public_jwk jsonb not null,
  private_sealed text not null,
  created_at timestamptz not null
);
create table sentinels (               -- proves at start that the encryption key is the right one
  key_id text primary key,
  sealed text not null
);

-- events: what happened. Also the outbox: the dispatcher takes what has no dispatched_at.
create table events (
  id uuid primary key,                 -- version 7: sorts by arrival
  workspace_id uuid not null references workspaces,
  type text not null,                  -- lead.captured, message.received …
  subject_id uuid,                     -- the lead it is about
  data jsonb not null,
  source text not null,                -- form:demo, rest, graphql, webhook:leads, run:<id> …
  dedupe_key text,
  created_at timestamptz not null,
  dispatched_at timestamptz,
  unique (workspace_id, dedupe_key)
);
create index events_undispatched on events (id) where dispatched_at is null;
create index events_by_subject on events (workspace_id, subject_id, type, created_at);

-- sales
create table leads (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  name text not null,
  email text,                          -- lower case
  phone text,                          -- E.164 where it could be normalised
  company text,
  job_title text,
  source text not null,                -- WEBSITE EMAIL REFERRAL EVENT IMPORT API
  locale text not null,
  status text not null,                -- NEW QUALIFYING QUALIFIED NURTURING DISQUALIFIED CONVERTED
  score integer,
  score_factors jsonb not null default '[]',   -- [{name, points, value, reason}]
  owner_id uuid references users,
  data jsonb not null default '{}',    -- what else is known: form answers, enrichment
  utm jsonb not null default '{}',
  consent jsonb not null default '{}', -- {basis, grantedAt, withdrawnAt, text}
  unsubscribed_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (workspace_id, email)
);
create index leads_newest on leads (workspace_id, created_at desc, id desc);

create table messages (                -- the built-in mailbox
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  lead_id uuid references leads on delete cascade,
  direction text not null,             -- out | in
  channel text not null,               -- email
  from_address text not null,
  to_address text not null,
  subject text not null,
  body text not null,
  in_reply_to uuid references messages,
  run_id uuid,
  key text,                            -- idempotency key of the effect that sent it
  created_at timestamptz not null,
  unique (workspace_id, key)
);
create index messages_by_lead on messages (workspace_id, lead_id, created_at);
create index messages_newest on messages (workspace_id, created_at desc, id desc);

create table meetings (                -- the built-in calendar
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  lead_id uuid references leads on delete cascade,
  title text not null,
  status text not null,                -- SCHEDULED COMPLETED CANCELLED NO_SHOW
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  attendees jsonb not null default '[]',
  location text,
  briefing jsonb,
  owner_id uuid references users,
  run_id uuid,
  key text,
  created_at timestamptz not null,
  unique (workspace_id, key)
);
create index meetings_by_start on meetings (workspace_id, starts_at, id);
create index meetings_by_lead on meetings (workspace_id, lead_id, starts_at);

create table activities (              -- what happened to a lead, for people
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  lead_id uuid not null references leads on delete cascade,
  kind text not null,                  -- CAPTURED ENRICHED SCORED STATUS_CHANGED EMAIL_SENT EMAIL_RECEIVED MEETING HANDOFF NOTE
  summary text not null,
  data jsonb not null default '{}',
  run_id uuid,
  key text,
  occurred_at timestamptz not null,
  unique (workspace_id, key)
);
create index activities_by_lead on activities (workspace_id, lead_id, occurred_at);

-- plugins
create table plugin_packages (         -- content-addressed: what runs is byte for byte what was approved
  digest text primary key,             -- SHA-256 of the canonical manifest, which names that of the bundle
  plugin_id text not null,
  version text not null,
  manifest jsonb not null,
  bundle text not null,
  created_at timestamptz not null
);
create table installations (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  plugin_id text not null,
  version text not null,
  digest text not null references plugin_packages,
  status text not null,                -- ENABLED DISABLED
  status_reason text,
  granted jsonb not null,              -- the permissions consented to
  source jsonb not null,               -- {kind: folder, path}
  installed_at timestamptz not null,
  updated_at timestamptz not null,
  unique (workspace_id, plugin_id)
);
create table service_bindings (
  workspace_id uuid not null references workspaces,
  service text not null,               -- email, calendar, crm …
  plugin_id text not null,
  primary key (workspace_id, service)
);
create table plugin_storage (
  installation_id uuid not null references installations on delete cascade,
  key text not null,
  value jsonb not null,
  bytes integer not null,
  updated_at timestamptz not null,
  primary key (installation_id, key)
);

-- playbooks
create table playbooks (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  slug text not null,
  name text not null,
  module text not null,
  status text not null,                -- ACTIVE PAUSED
  published_version_id uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (workspace_id, slug)
);
create table playbook_versions (       -- immutable
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  playbook_id uuid not null references playbooks,
  number integer not null,
  source text not null,
  source_hash text not null,
  plugins jsonb not null,              -- {pluginId: digest} locked at publish time, services resolved
  published_at timestamptz not null,
  unique (playbook_id, number)
);

-- runs
create table runs (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  playbook_id uuid not null references playbooks,
  version_id uuid not null references playbook_versions,
  event_id uuid references events,
  subject_id uuid,
  status text not null,                -- queued running waiting retrying completed failed cancelled quarantined
  reason jsonb,                        -- why it stands where it stands: {code, message, …}
  output jsonb,
  error jsonb,
  due_at timestamptz,                  -- when somebody should look at it; null when it is over
  lease_owner uuid,
  lease_epoch integer not null default 0,
  lease_until timestamptz,
  signals integer not null default 0,  -- counts what came from outside while it may be leased
  recoveries integer not null default 0,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  updated_at timestamptz not null,
  unique (version_id, event_id)        -- one event starts a version once
);
create index runs_due on runs (due_at) where due_at is not null;
create index runs_newest on runs (workspace_id, created_at desc, id desc);
create index runs_by_subject on runs (workspace_id, subject_id, created_at desc);
create index runs_by_playbook on runs (workspace_id, playbook_id, created_at desc);

create table journal (                 -- the memory of runs: append-only, in order
  run_id uuid not null references runs on delete cascade,
  seq integer not null,
  workspace_id uuid not null,
  kind text not null,
  path text,                           -- of the step: score, cadence.ask.1 …
  attempt integer,
  data jsonb,
  at timestamptz not null,
  primary key (run_id, seq)
);

create table effects (
  workspace_id uuid not null,
  key text not null,                   -- run/step, the same through every attempt and every recovery
  run_id uuid not null references runs on delete cascade,
  path text not null,
  action text not null,
  status text not null,                -- intended sent failed unknown
  intended_at timestamptz not null,
  settled_at timestamptz,
  primary key (workspace_id, key)
);
create index effects_by_run on effects (run_id);

create table waits (
  run_id uuid not null references runs on delete cascade,
  path text not null,
  workspace_id uuid not null,
  kind text not null,                  -- timer | event | retry
  due_at timestamptz,                  -- of the timer, the timeout or the next attempt
  since timestamptz not null,
  status text not null,                -- open | event | due
  event_id uuid references events,
  created_at timestamptz not null,
  primary key (run_id, path)
);
create table wait_events (             -- one row per event a wait listens for
  run_id uuid not null,
  path text not null,
  position integer not null,
  workspace_id uuid not null,
  type text not null,
  subject_id uuid,
  correlate jsonb not null,
  foreign key (run_id, path) references waits on delete cascade,
  primary key (run_id, path, position)
);
create index wait_events_by_subject on wait_events (workspace_id, type, subject_id);

-- doors
create table webhooks (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  slug text not null,
  event_type text not null,
  secret_sealed text not null,
  created_at timestamptz not null,
  unique (workspace_id, slug)
);
create table brain (
  id integer primary key check (id = 1),
  running boolean not null,
  changed_at timestamptz not null
);
