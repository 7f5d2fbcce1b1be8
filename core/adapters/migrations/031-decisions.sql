-- Policies: how a kind of decision is taken. A version never changes.
create table decision_policies (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  slug text not null,
  name text not null,
  module text not null,
  type text not null,                  -- STRATEGIC | TACTICAL | OPERATIONAL
  version integer not null,            -- the one in force
  source text not null,                -- of that version
  hash text not null,
  input jsonb not null,                -- JSON Schema of what a decision is given
  options jsonb not null,              -- keys, as an array
  file_hash text,                      -- of the file that it was last published from
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (workspace_id, slug)
);
create table decision_policy_versions (
  policy_id uuid not null references decision_policies on delete cascade,
  version integer not null,
  source text not null,
  hash text not null,
  published_by uuid references users,  -- null: from a file
  created_at timestamptz not null,
  primary key (policy_id, version)
);

-- What the model of a policy has learnt is the fold of its examples, in the order of seq. snapshot is the fold up to snapshot_seq.
create table decision_models (
  policy_id uuid primary key references decision_policies on delete cascade,
  workspace_id uuid not null references workspaces,
  generation integer not null default 1,   -- counts resets
  seq bigint not null default 0,           -- of the last example
  snapshot jsonb,
  snapshot_seq bigint not null default 0,  -- examples up to here are in the snapshot, or forgotten by a reset
  reset_at timestamptz
);

create table decisions (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  module text not null,
  context jsonb not null,
  decision jsonb not null,             -- the seven steps as they went
  outcome text,                        -- success | failure
  created_at timestamptz not null,
  policy_id uuid not null references decision_policies,
  policy_version integer not null,
  generation integer not null,         -- of the model
  type text not null,
  question text not null,
  status text not null,                -- pending | decided | withdrawn
  recommended text not null,
  chosen text,
  confidence integer not null,         -- 0 to 100
  score integer,                       -- 0 to 100, of a policy that scores
  automatic boolean not null,          -- done without a person
  decided_by uuid references users,
  comment text,
  decided_at timestamptz,
  due_at timestamptz,                  -- a person is waited for until then
  subject_id uuid,                     -- the lead it is about
  run_id uuid references runs on delete set null,
  path text,
  attempt integer,
  request_key text,                    -- asking again with it answers the same decision
  outcome_at timestamptz,
  outcome_source text,                 -- event:<id> | time | user:<id>
  outcome_due_at timestamptz,          -- nothing heard until then is an outcome too
  unique (workspace_id, request_key)
);
create index decisions_newest on decisions (workspace_id, id desc);
create index decisions_pending on decisions (workspace_id, id desc) where status = 'pending';
create index decisions_of_policy on decisions (policy_id, id desc);
create index decisions_of_run on decisions (run_id) where run_id is not null;
create index decisions_overdue on decisions (outcome_due_at) where outcome is null and outcome_due_at is not null;

create table decision_listens (         -- events that tell how a decision went
  decision_id uuid not null references decisions on delete cascade,
  success boolean not null,
  workspace_id uuid not null,
  type text not null,
  correlate jsonb not null,
  event_id uuid,                        -- the event that told; taken in by whoever looks next
  primary key (decision_id, success)
);
create index decision_listens_by_type on decision_listens (workspace_id, type) where event_id is null;
create index decision_listens_heard on decision_listens (event_id) where event_id is not null;

create table decision_examples (
  policy_id uuid not null references decision_policies on delete cascade,
  seq bigint not null,
  decision_id uuid not null unique references decisions on delete cascade,
  option text not null,
  context jsonb not null,
  prior double precision not null,
  success boolean not null,
  created_at timestamptz not null,
  primary key (policy_id, seq)
);
