-- Alerts: figures that are out of bounds, judged by the process that leads, and whom they were told to.

alter table workspaces add column alerts_seq bigint not null default 0;  -- the last row of alert_changes; its lock puts them in order

create table alert_rules (             -- what a workspace has changed of a built-in rule; null: as it is built in
  workspace_id uuid not null references workspaces,
  key text not null,
  enabled boolean,
  threshold double precision,
  severity text,
  channels text[],
  muted_until timestamptz,
  changed_by uuid references users on delete set null,
  changed_at timestamptz not null,
  primary key (workspace_id, key)
);

create table alert_channels (          -- places outside of the host that are told
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  kind text not null,                  -- WEBHOOK SLACK PAGERDUTY
  host text not null,                  -- for people: where it leads
  settings_sealed text not null,       -- {url, secret}
  changed_by uuid references users on delete set null,
  changed_at timestamptz not null,
  unique (workspace_id, kind)
);

create table alert_watches (           -- a figure that is out of bounds, or was and has an open alert
  workspace_id uuid not null references workspaces,
  rule text not null,
  subject text not null,               -- a module, a plugin, a credential; empty: the workspace
  since timestamptz not null,          -- out of bounds without a break
  clear_since timestamptz,             -- well again without a break
  primary key (workspace_id, rule, subject)
);

create table alerts (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  rule text not null,
  subject text not null,
  subject_name text,                   -- for people
  detail text,                         -- what is known of the cause
  severity text not null,              -- CRITICAL WARNING INFO
  status text not null,                -- FIRING ACKNOWLEDGED RESOLVED
  value double precision not null,     -- when it fired
  threshold double precision not null,
  started_at timestamptz not null,
  told_at timestamptz,                 -- when people were last told
  acknowledged_at timestamptz,
  acknowledged_by uuid references users on delete set null,
  comment text,
  resolved_at timestamptz,
  updated_at timestamptz not null
);
create unique index alerts_open on alerts (workspace_id, rule, subject) where resolved_at is null;
create index alerts_newest on alerts (workspace_id, started_at desc, id desc);
create index alerts_updated on alerts (workspace_id, updated_at desc, id desc);

create table alert_changes (           -- what became of alerts, in order and without a gap: subscriptions go on from a place
  workspace_id uuid not null references workspaces,
  seq bigint not null,
  alert_id uuid not null references alerts on delete cascade,
  kind text not null,                  -- FIRED REMINDED ACKNOWLEDGED RESOLVED
  at timestamptz not null,
  primary key (workspace_id, seq)
);
create index alert_changes_by_alert on alert_changes (alert_id, seq);

create table alert_deliveries (        -- stored with the change that they tell of; what is not over is tried again
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  alert_id uuid not null references alerts on delete cascade,
  seq bigint not null,                 -- of the change
  kind text not null,                  -- of the change
  channel text not null,               -- NOTICE EMAIL WEBHOOK SLACK PAGERDUTY
  user_id uuid references users on delete set null, -- whom an e-mail is for
  status text not null,                -- PENDING DELIVERED FAILED
  attempts integer not null default 0,
  last_error text,
  next_attempt_at timestamptz,         -- null: it is over
  attempted_at timestamptz,
  created_at timestamptz not null,
  delivered_at timestamptz
);
create unique index alert_deliveries_once on alert_deliveries (workspace_id, seq, channel, user_id) nulls not distinct;
create index alert_deliveries_due on alert_deliveries (next_attempt_at) where next_attempt_at is not null;
create index alert_deliveries_newest on alert_deliveries (workspace_id, created_at desc, id desc);
create index alert_deliveries_by_alert on alert_deliveries (alert_id, seq);
