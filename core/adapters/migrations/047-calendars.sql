-- Meetings that other calendars show, and times that people are busy in theirs.

alter table meetings add column sequence integer not null default 0;   -- grows with every new time (RFC 5545, 3.8.7.4)
alter table meetings add column changed_at timestamptz;

create table calendar_feeds (          -- a secret address at which somebody's meetings are read; gone with its row
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  user_id uuid not null references users on delete cascade,
  scope text not null,                 -- mine | team
  created_at timestamptz not null,
  unique (workspace_id, user_id, scope)
);
create table calendar_sources (        -- calendars elsewhere whose busy times count here
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  user_id uuid not null references users on delete cascade,
  address_sealed text not null,        -- whoever has it reads the calendar
  host text not null,                  -- of it, for people
  etag text,
  read_at timestamptz,                 -- last in full
  due_at timestamptz not null,
  problem text,                        -- why it is not read
  created_at timestamptz not null
);
create index calendar_sources_due on calendar_sources (due_at);
