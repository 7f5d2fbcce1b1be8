-- Addresses that plugins register at their vendors, and polls that a vendor may ring for.

alter table plugin_triggers add column rung_at timestamptz; -- since the poll was asked last

create table trigger_registrations (
  trigger_id uuid primary key references plugin_triggers on delete cascade,
  workspace_id uuid not null references workspaces,
  mode text not null default 'AUTO',     -- AUTO: as playbooks need it; ON, OFF: as a person said
  needed boolean not null,               -- by a playbook
  revision integer not null default 0,   -- counts what makes the address another: a new secret
  key_number integer not null default 1, -- of the registration that is made next
  begun boolean not null default false,  -- the vendor was asked under this number, and nobody knows what came of it
  data jsonb,                            -- what it has by now: the plugin's own words
  address text,                          -- that it knows; null: registered anew, whatever there is
  registered_at timestamptz,             -- null: nothing is registered
  expires_at timestamptz,
  old jsonb not null default '[]',       -- earlier ones that are still to be removed there
  due_at timestamptz,
  lease_until timestamptz,               -- one worker talks to the vendor until then
  failures integer not null default 0,
  last_error text
);
create index trigger_registrations_due on trigger_registrations (due_at) where due_at is not null;
