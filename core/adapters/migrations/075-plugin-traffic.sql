-- What each plugin exchanges with whom, a day (UTC) at a time.

create table plugin_traffic (
  workspace_id uuid not null references workspaces on delete cascade,
  installation_id uuid not null references installations on delete cascade,
  host text not null, -- as it was granted: api.example.com, *.example.com, example.com:8443
  day date not null,
  requests int not null,
  sent_bytes bigint not null,
  received_bytes bigint not null,
  primary key (installation_id, host, day)
);
create index plugin_traffic_by_day on plugin_traffic (day);
