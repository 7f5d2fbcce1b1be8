-- The figures of a workspace as they stood at the end of each of its days: what was is not counted again.
create table metrics (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  module text not null,                -- whose figure it is: aquisicao …
  metric_name text not null,           -- leads qualified won revenueBrl …
  metric_value numeric not null,       -- of the day; of standing figures as it was then; shares 0–1
  "timestamp" timestamptz not null,    -- the end of the day in the workspace's time zone
  unique (workspace_id, metric_name, "timestamp")
);
create index metrics_by_time on metrics (workspace_id, "timestamp");
