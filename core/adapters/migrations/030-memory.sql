-- Shared memory: entries are the truth; vectors follow them after the commit. Calls of a language model, counted and kept.

create table memory_spaces (
  workspace_id uuid primary key references workspaces on delete cascade,
  revision bigint not null,               -- of the last change; its row is locked, so changes commit in this order
  removed bigint not null default 0       -- of the last change that took entries away
);
create table memory_entries (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  key text not null,                      -- decision_… diagnostic_… lead_… context_… note_…
  type text not null,                     -- decision diagnostic lead context note
  module text,                            -- one of the eight
  outcome text,                           -- success failure pending
  content text not null,
  data jsonb not null,
  importance real not null,               -- 0 to 1
  subject_id uuid,                        -- the lead it is about
  origin text not null,                   -- the step, the person or the call that stored it
  happened_at timestamptz not null,
  expires_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  revision bigint not null,
  stale boolean not null,                 -- its vector is to be written
  failures int not null default 0,        -- tries to write the vector that failed since it last could
  try_at timestamptz,
  vectors_of text,                        -- store and embedder that have its vector
  unique (workspace_id, key)
);
create index memory_entries_by_time on memory_entries (workspace_id, happened_at desc, id desc);
create index memory_entries_by_revision on memory_entries (workspace_id, revision);
create index memory_entries_by_origin on memory_entries (workspace_id, origin);
create index memory_entries_about on memory_entries (workspace_id, subject_id) where subject_id is not null;
create index memory_entries_stale on memory_entries (id) where stale;
create index memory_entries_expiring on memory_entries (expires_at) where expires_at is not null;

create table memory_removals (            -- vectors to be taken away; a row goes when they are gone
  workspace_id uuid not null references workspaces on delete cascade,
  key text not null,
  removed_at timestamptz not null,
  primary key (workspace_id, key)
);

create table memory_store (               -- one row: where vectors are, and a move that is under way
  only_one boolean primary key check (only_one),
  kind text not null,                     -- database pinecone
  vectors_of text,                        -- what entries were last compared with
  moving_to text,
  moved_to uuid,                          -- the last entry that was copied
  moved int not null default 0,
  lease_owner text,
  lease_until timestamptz,
  failure text,                           -- why vectors could not be written the last time
  failed_at timestamptz
);
insert into memory_store (only_one, kind) values (true, 'database');

create table memory_vector_spaces (       -- the store in this database
  space text primary key,
  revision bigint not null,
  removed bigint not null default 0
);
create table memory_vectors (
  space text not null,
  id text not null,
  scale real not null,                    -- a component is scale times its byte
  components bytea not null,              -- a signed byte each
  metadata jsonb not null,
  revision bigint not null,
  primary key (space, id)
);
create index memory_vectors_by_revision on memory_vectors (space, revision);

create table llm_calls (
  workspace_id uuid not null references workspaces on delete cascade,
  key text not null,                      -- step, attempt, and which of its questions
  request_hash text not null,
  installation_id uuid not null,
  run_id uuid,
  model text not null,
  answer jsonb,                           -- null while it is asked
  input_tokens int not null,              -- reserved while it is asked
  output_tokens int not null,
  cost numeric,                           -- US dollars; null where the price is not known
  asked_at timestamptz not null,
  answered_at timestamptz,
  primary key (workspace_id, key)
);
create index llm_calls_of_run on llm_calls (run_id) where run_id is not null;
create index llm_calls_of_day on llm_calls (installation_id, asked_at);
