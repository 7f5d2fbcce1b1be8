-- Publishing: drafts, who published what and why, whose text wins at a start.

alter table playbooks add column file_hash text;        -- SHA-256 of the file when it was last published from the folder
create table playbook_drafts (
  playbook_id uuid primary key,
  workspace_id uuid not null references workspaces,
  source text not null,                -- any text, also with errors in it
  source_hash text not null,
  saved_by uuid references users on delete set null,
  saved_at timestamptz not null
);

alter table playbook_versions add column providers jsonb not null default '{}'; -- {service: pluginId} at publish time
alter table playbook_versions add column origin text not null default 'api';   -- file api rollback
alter table playbook_versions add column rolled_back_to integer;               -- the number whose text this is again
alter table playbook_versions add column note text;
alter table playbook_versions add column published_by uuid references users on delete set null;

create index runs_in_flight on runs (playbook_id, version_id) where finished_at is null;
