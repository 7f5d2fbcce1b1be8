-- Backups that the host takes by itself, where TRAE_BACKUP_DIR is set: one row for the whole host, none where it is not.
create table backup_state (
  id integer primary key default 1 check (id = 1),
  since timestamptz not null,          -- when the host was first asked to take them
  taken_at timestamptz,                -- the moment that the last one is of
  file text,                           -- its name in the directory
  size bigint,                         -- in bytes
  drilled_at timestamptz,              -- when one was last restored and compared
  drilled_file text,
  problem text,                        -- why the last attempt failed; null where it did not
  wanted_at timestamptz                -- when somebody asked for one; null once it is taken
);
