-- Triggers of plugins: addresses that vendors post to, and polls whose cursors outlive restarts and updates.

create table plugin_triggers (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  installation_id uuid not null references installations on delete cascade,
  trigger text not null,                -- its name in the manifest
  token_hash text unique,               -- of a webhook: SHA-256 of the token in its address, hexadecimal
  token_sealed text,
  secret_sealed text,                   -- of a webhook that is proven with a secret of its own
  cursor jsonb,                         -- of a poll: where the plugin has come to
  due_at timestamptz,                   -- of a poll: when it is asked next
  lease_until timestamptz,              -- one worker asks until then
  polled_at timestamptz,                -- when it last answered
  failures integer not null default 0,  -- since then
  last_error text,
  last_event_at timestamptz,
  created_at timestamptz not null,
  unique (installation_id, trigger)
);
create index plugin_triggers_due on plugin_triggers (due_at) where due_at is not null;
create index plugin_triggers_of_workspace on plugin_triggers (workspace_id);
