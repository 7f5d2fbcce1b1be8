-- What comes back: bounces, replies by their ids. Who is away. Letters on their way, calendars that others read.

alter table leads add column email_bounced_at timestamptz;       -- a letter to this address came back for good
create index leads_by_phone on leads (workspace_id, phone) where phone is not null;

alter table messages add column external_id text;                -- Message-ID, or the id that a vendor gave it
alter table messages add column bounced_at timestamptz;
alter table messages add column bounce_reason text;
create unique index messages_external on messages (workspace_id, external_id) where external_id is not null;

create table absences (                -- when somebody of the team takes no meetings
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  user_id uuid not null references users,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  title text not null,
  source text not null,                -- hand, or the feed that it comes from
  external_id text,                    -- UID of the feed's event
  created_at timestamptz not null
);
create index absences_by_time on absences (workspace_id, ends_at);
create index absences_of_user on absences (workspace_id, user_id, source);
