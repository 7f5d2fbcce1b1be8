-- Events of the host that a plugin is still to be told of. A row is stored in the statement that dispatches the event, and taken away when
-- the plugin has taken it.
create table plugin_events (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  installation_id uuid not null references installations on delete cascade,
  trigger text not null,                -- its name in the manifest
  event_id uuid not null references events on delete cascade,
  due_at timestamptz,                   -- null: it rests, for the plugin said no for good, or too often
  lease_until timestamptz,              -- one process tells it until then
  failures integer not null default 0,
  last_error text,
  created_at timestamptz not null
);
create index plugin_events_due on plugin_events (installation_id, due_at) where due_at is not null;
create index plugin_events_of_workspace on plugin_events (workspace_id);
create index plugin_events_of_event on plugin_events (event_id);
