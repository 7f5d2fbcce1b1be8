-- What comes after the meeting: deals, and the customers that they make.
create table deals (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  lead_id uuid not null references leads on delete cascade,
  title text not null,
  stage text not null,                 -- PROSPECTING QUALIFICATION PROPOSAL NEGOTIATION WON LOST
  amount numeric(14, 2),
  currency text not null,              -- BRL USD EUR
  probability integer not null,        -- 0–100: of the stage, or a person's own estimate
  owner_id uuid references users,
  expected_close_on date,
  closed_at timestamptz,
  lost_reason text,
  run_id uuid,
  key text,                            -- idempotency key of what opened it
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (workspace_id, key)
);
create index deals_newest on deals (workspace_id, created_at desc, id desc);
create index deals_by_stage on deals (workspace_id, stage, created_at desc, id desc);
create index deals_by_lead on deals (workspace_id, lead_id, created_at desc);

create table customers (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  lead_id uuid not null references leads on delete cascade,
  deal_id uuid references deals,       -- the first that was won
  name text not null,
  status text not null,                -- ONBOARDING ACTIVE CHURNED
  plan text,
  mrr numeric(14, 2),                  -- what they pay a month
  currency text not null,
  facts jsonb not null default '{}',   -- what health is made of: {lastContactAt, activeUsers, seats, openTickets, overdueDays, nps …}
  health integer,                      -- 0–100; null until it was computed
  health_factors jsonb not null default '[]',
  health_at timestamptz,
  started_at timestamptz not null,
  churned_at timestamptz,
  updated_at timestamptz not null,
  unique (workspace_id, lead_id)
);
create index customers_newest on customers (workspace_id, started_at desc, id desc);
create index customers_by_health on customers (workspace_id, health);
