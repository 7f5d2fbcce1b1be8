-- The life of plugins: what was shown before it is agreed to, who changed what, and a count that other processes look at.
alter table workspaces add column plugins_revision integer not null default 0; -- grows with every change of an installation
alter table plugin_packages add column unneeded_since timestamptz;            -- nobody runs or locks it; removed a while later

create table plugin_previews (         -- a package that somebody was shown and may agree to for a while
  workspace_id uuid not null references workspaces,
  digest text not null references plugin_packages,
  source jsonb not null,
  created_at timestamptz not null,
  primary key (workspace_id, digest)
);

create table audit_log (               -- append-only; each entry holds the hash of the one before
  workspace_id uuid not null references workspaces,
  seq integer not null,
  at timestamptz not null,
  actor text not null,                 -- user:<id> | host
  action text not null,                -- plugin.installed …
  target text not null,
  data jsonb not null,
  previous_hash text not null,
  hash text not null,                  -- SHA-256 of the entry as canonical JSON, the previous hash in it
  primary key (workspace_id, seq)
);
create index audit_log_by_target on audit_log (workspace_id, target, seq);
