-- Requests of people about their data (LGPD, art. 18), and who is not to be taken in again.
create table data_subject_requests (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  kind text not null,                    -- EXPORT ERASURE CORRECTION
  status text not null,                  -- RECEIVED PROCESSING COMPLETED REFUSED
  subject text not null,                 -- e-mail, phone or lead; its hash once the person was erased
  correction jsonb,                      -- what is right, by the names of a lead's fields
  note text,                             -- why it was refused
  requested_by uuid references users on delete set null, -- who entered it; null: the command line
  report jsonb,                          -- how many rows of each table
  created_at timestamptz not null,
  due_at timestamptz not null,
  completed_at timestamptz
);
create index data_subject_requests_newest on data_subject_requests (workspace_id, created_at desc, id desc);
create index data_subject_requests_open on data_subject_requests (due_at) where status in ('RECEIVED', 'PROCESSING');

create table suppressions (              -- erased people: the hash of an address or a number, and nothing else
  workspace_id uuid not null references workspaces,
  hash text not null,                    -- SHA-256 of workspace, kind and value, hexadecimal
  created_at timestamptz not null,
  primary key (workspace_id, hash)
);
alter table workspaces
  add column retention_run_days integer,     -- finished runs and events are removed after; null: kept
  add column retention_person_days integer;  -- people with whom nothing happened for so long are erased; null: kept
