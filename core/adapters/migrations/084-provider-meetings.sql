-- Meetings that a plugin keeps at its vendor, as far as the page needs them on which a lead moves or cancels one.

create table provider_meetings (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  lead_id uuid not null references leads on delete cascade,
  plugin_id text not null,
  account text not null,               -- of the plugin, whose calendar it stands in
  external_id text not null,           -- as the service `calendar` names it
  title text not null,
  status text not null,                -- SCHEDULED CANCELLED
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  location text,
  sequence integer not null default 0, -- grows with every change, and with every wish
  created_at timestamptz not null,
  changed_at timestamptz not null,
  wish text,                           -- move | cancel: what the lead has asked for last, until it is done
  wish_starts_at timestamptz,
  wish_reason text,
  wish_run_id uuid,                    -- the run that asks the vendor; it may be on its way still
  unique (workspace_id, plugin_id, external_id)
);
create index provider_meetings_by_lead on provider_meetings (lead_id);
