-- What the built-in providers keep: a small team lives on these without an account anywhere.
alter table messages add column state text not null default 'sent';   -- to-send: a person has yet to send it by hand
alter table messages add column sent_at timestamptz;                   -- when a person did
create index messages_to_send on messages (workspace_id, created_at) where state = 'to-send';

create table notices (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  user_id uuid references users on delete cascade,   -- for whom; null: for everybody
  title text not null,
  body text,
  urgent boolean not null,
  lead_id uuid references leads on delete cascade,
  run_id uuid,
  key text,                                           -- idempotency key of the effect that made it
  created_at timestamptz not null,
  unique (workspace_id, key)
);
create index notices_newest on notices (workspace_id, created_at desc, id desc);
create table notice_reads (
  notice_id uuid not null references notices on delete cascade,
  user_id uuid not null references users on delete cascade,
  read_at timestamptz not null,
  primary key (notice_id, user_id)
);

create table charges (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  lead_id uuid references leads on delete cascade,
  status text not null,                               -- PENDING PAID CANCELLED
  amount bigint not null,                             -- in the smallest unit of the currency
  currency text not null,
  description text not null,
  due_on date,
  customer jsonb not null,
  method text not null,
  note text,                                          -- how it was paid, or why it was cancelled
  paid_at timestamptz,
  run_id uuid,
  key text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (workspace_id, key)
);
create index charges_newest on charges (workspace_id, created_at desc, id desc);

create table proposals (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  lead_id uuid not null references leads on delete cascade,
  number integer not null,                            -- counts up in the workspace
  status text not null,                               -- DRAFT SENT ACCEPTED DECLINED
  title text not null,
  introduction text,
  items jsonb not null,
  currency text not null,
  total bigint not null,
  valid_until date,
  terms text,
  run_id uuid,
  key text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (workspace_id, key),
  unique (workspace_id, number)
);
create index proposals_newest on proposals (workspace_id, created_at desc, id desc);

create table campaigns (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  name text not null,
  channel text not null,
  status text not null,                               -- ACTIVE PAUSED ENDED
  currency text not null,
  created_at timestamptz not null,
  unique (workspace_id, name)
);
create table campaign_days (
  campaign_id uuid not null references campaigns on delete cascade,
  day date not null,
  impressions integer not null,
  clicks integer not null,
  leads integer not null,
  spend bigint not null,                              -- in the smallest unit of the currency
  primary key (campaign_id, day)
);

create table audience_members (
  workspace_id uuid not null references workspaces,
  audience text not null,
  lead_id uuid not null references leads on delete cascade,
  added_at timestamptz not null,
  primary key (workspace_id, audience, lead_id)
);
