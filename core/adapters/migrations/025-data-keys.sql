-- Secrets at rest are sealed under a data key, one of each workspace and one of the host; data keys are wrapped by a
-- key-encryption key, which never comes into the database.
create table data_keys (
  id uuid primary key,
  workspace_id uuid,                     -- null: the host's. It may be made before its workspace is
  purpose text not null,                 -- seal | derive
  kek_id text not null references sentinels (key_id), -- what wraps it; a key that is needed cannot be forgotten
  wrapped text not null,
  created_at timestamptz not null,
  retired_at timestamptz                 -- seals nothing new; dropped when no record needs it
);
create unique index data_keys_current on data_keys (coalesce(workspace_id, '00000000-0000-0000-0000-000000000000'), purpose) where retired_at is null;
create index data_keys_by_kek on data_keys (kek_id);
