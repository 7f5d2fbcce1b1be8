-- People and other playbooks: approvals, and runs that steps of runs have started.

create table approvals (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  run_id uuid not null references runs on delete cascade,
  path text not null,                  -- of the step that asks
  attempt integer not null,
  title text not null,
  message text,
  required integer not null,           -- approvals that it takes
  approvers integer not null,          -- people who are asked
  form jsonb not null,                 -- [{name, type, required, …}]: what whoever approves fills in
  self_approval boolean not null,
  started_by uuid,                     -- the user who started the run by hand
  veto boolean not null,
  status text not null,                -- open approved rejected timedOut withdrawn
  due_at timestamptz,
  created_at timestamptz not null,
  decided_at timestamptz,
  unique (run_id, path, attempt)
);
create index approvals_newest on approvals (workspace_id, created_at desc, id desc);
create index approvals_open on approvals (workspace_id) where status = 'open';

create table approval_votes (          -- one row per person who is asked
  approval_id uuid not null references approvals on delete cascade,
  workspace_id uuid not null,
  email text not null,                 -- lower case
  name text,
  user_id uuid,                        -- null: a person without an account
  locale text not null,
  token_hash text not null unique,     -- SHA-256 of the token in their link, hexadecimal
  told_at timestamptz,
  decision text,                       -- approved | rejected; null: none yet
  comment text,
  form jsonb,
  decided_at timestamptz,
  primary key (approval_id, email)
);
create index approval_votes_by_email on approval_votes (workspace_id, email);

create index runs_by_parent on runs (parent_run_id, parent_path) where parent_run_id is not null;
