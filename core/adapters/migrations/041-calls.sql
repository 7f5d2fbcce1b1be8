-- What is said in a call with a lead, and what was suggested meanwhile.
create table calls (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  lead_id uuid not null references leads on delete cascade,
  meeting_id uuid references meetings on delete set null,
  deal_id uuid references deals on delete set null,
  status text not null,                -- OPEN ENDED
  summary jsonb,                       -- once it is over
  started_by uuid references users,
  key text,
  started_at timestamptz not null,
  ended_at timestamptz,
  unique (workspace_id, key)
);
create index calls_newest on calls (workspace_id, started_at desc, id desc);
create index calls_by_lead on calls (workspace_id, lead_id, started_at desc);

create table call_lines (
  call_id uuid not null references calls on delete cascade,
  workspace_id uuid not null references workspaces,
  seq integer not null,                -- given by who sends it: a repeat changes nothing
  who text not null,                   -- us them
  text text not null,
  said_at timestamptz not null,
  primary key (call_id, seq)
);

create table call_advice (
  call_id uuid not null references calls on delete cascade,
  workspace_id uuid not null references workspaces,
  after_seq integer not null,          -- the last line that it knew
  action text not null,
  output jsonb,                        -- what the action answered
  error jsonb,                         -- or why it did not
  made_at timestamptz not null,
  primary key (call_id, after_seq)
);
